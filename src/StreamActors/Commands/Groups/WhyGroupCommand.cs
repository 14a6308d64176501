using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Configuration.Hocon;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors why group</c></summary>
internal sealed class WhyGroupCommand : ClientCommand
{
    private readonly Argument<string> _group = new("group") { Description = "Name of the group." };
    private readonly Option<string> _stalled = new("--stalled-after")
    {
        Description = "How long an offset may stand while there is more to read.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "30s",
    };

    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public WhyGroupCommand(CommandContext context)
        : base("group", "Say why a consumer group does not move.", context)
    {
        _stalled.Check(text => [HoconUnits.TryDuration(text, out var after) && after > TimeSpan.Zero ? null : $"--stalled-after must be {HoconUnits.Durations}"]);
        Add(_group);
        Add(_stalled);
        Add(_output);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        await using var groups = new KafkaGroups(ClientOptions(arguments));
        var name = arguments.GetRequiredValue(_group);
        HoconUnits.TryDuration(arguments.GetValue(_stalled)!, out var stalledAfter);
        var (state, findings) = await LookAsync(groups, name, stalledAfter, cancellation);
        if (arguments.GetValue(_output) == OutputFormat.Json) WriteJson(name, state, findings);
        else
        {
            await Context.Out.WriteLineAsync($"{name}: {state}");
            foreach (var finding in findings)
            {
                await Context.Out.WriteLineAsync($"- {finding.Words}");
                if (finding.Facts.Count > 0) await Context.Out.WriteLineAsync($"    {Facts(finding)}");
            }
        }

        return (int)ExitCode.Ok;
    }

    /// <summary>That there is no such group is an answer too.</summary>
    private static async Task<(string State, IReadOnlyList<GroupFinding> Findings)> LookAsync(
        KafkaGroups groups, string name, TimeSpan stalledAfter, CancellationToken cancellation)
    {
        try
        {
            var group = await groups.DescribeAsync(name, cancellation);
            return (group.State, GroupDiagnosis.Of(group, stalledAfter));
        }
        catch (KafkaException e) when (e.Code == ErrorCode.GroupIdNotFound)
        {
            return ("Dead", [GroupFinding.Trouble("no-such-group", "There is no such group: nobody has joined it or committed for it, or its offsets have expired.")]);
        }
    }

    private static string Facts(GroupFinding finding) => string.Join(' ', finding.Facts.Where(fact => fact.Value is not null and not IReadOnlyList<string> { Count: 0 }).Select(fact =>
        $"{fact.Name}={(fact.Value is IReadOnlyList<string> list ? string.Join(',', list) : fact.Value)}"));

    private void WriteJson(string name, string state, IReadOnlyList<GroupFinding> findings)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("group", name);
            json.WriteString("state", state);
            json.WriteBoolean("moves", findings.All(finding => !finding.IsTrouble));
            json.WriteStartArray("findings");
            foreach (var finding in findings) Write(json, finding);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Context.Out.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void Write(Utf8JsonWriter json, GroupFinding finding)
    {
        json.WriteStartObject();
        json.WriteString("code", finding.Code);
        json.WriteString("words", finding.Words);
        json.WriteBoolean("trouble", finding.IsTrouble);
        json.WriteStartObject("facts");
        foreach (var (name, value) in finding.Facts)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case IReadOnlyList<string> list:
                    json.WriteStartArray();
                    foreach (var text in list) json.WriteStringValue(text);
                    json.WriteEndArray();
                    break;
                case IConvertible number and not string: json.WriteNumberValue(number.ToInt64(System.Globalization.CultureInfo.InvariantCulture)); break;
                default: json.WriteStringValue(value.ToString()); break;
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
