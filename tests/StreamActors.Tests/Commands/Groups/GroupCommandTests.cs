using System.Text.Json;
using StreamActors.Client.Tests.Kafka;
using StreamActors.Commands;

namespace StreamActors.Tests.Commands.Groups;

/// <summary>The commands for groups against the reference implementation, which tells less than our own broker does.</summary>
public sealed class GroupCommandTests(KafkaServer kafka) : IClassFixture<KafkaServer>
{
    private async Task<(int Exit, string Out, string Error)> Run(string input, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var context = new CommandContext(new StringReader(input), output, error, _ => null);
        var exit = await CommandLine.RunAsync([.. args, "--bootstrap-server", $"{kafka.Options.BootstrapServers[0]}"], context, deadline.Token);
        return (exit, output.ToString(), error.ToString());
    }

    private async Task<string> Ok(params string[] args)
    {
        var (exit, output, error) = await Run("a\nb\nc\n", args);
        Assert.True(exit == 0, $"{string.Join(' ', args)}: exit code {exit}, {error}");
        return output;
    }

    private async Task<List<string>> Offsets(string group)
    {
        using var json = JsonDocument.Parse(await Ok("group", "describe", group, "-o", "json"));
        return [.. json.RootElement[0].GetProperty("partitions").EnumerateArray().Select(each =>
            $"{each.GetProperty("topic").GetString()}-{each.GetProperty("partition").GetInt32()} {each.GetProperty("committed")}/{each.GetProperty("end").GetInt64()} lag {each.GetProperty("lag")}")];
    }

    [KafkaFact]
    public async Task Groups_are_listed_described_reset_undone_and_deleted()
    {
        await Ok("topic", "create", "g1", "--partitions", "1", "--replication-factor", "1");
        await Ok("topic", "create", "g2", "--partitions", "1", "--replication-factor", "1");
        await Ok("produce", "g1");
        await Ok("produce", "g2");
        await Ok("consume", "g1", "--group", "one", "--from-beginning", "--count", "2");
        Assert.Contains("one", await Ok("group", "list", "--state", "Empty"), StringComparison.Ordinal);
        Assert.DoesNotContain("one", await Ok("group", "list", "--state", "Stable"), StringComparison.Ordinal);
        Assert.Equal(["g1-0 2/3 lag 1"], await Offsets("one"));
        Assert.Contains("one  type=classic  state=Empty", await Ok("group", "describe"), StringComparison.Ordinal);

        var dry = await Run("", "group", "reset", "one", "--to-earliest", "--topic", "g1", "--topic", "g2:0");
        Assert.Contains("Nothing was changed", dry.Error, StringComparison.Ordinal);
        Assert.Equal(["g1-0 2/3 lag 1"], await Offsets("one"));

        using (var json = JsonDocument.Parse(await Ok("group", "reset", "one", "--to-offset", "7", "--topic", "g1", "--topic", "g2:0", "--execute", "-o", "json")))
        {
            Assert.Equal(
                ["g1 2 3 7 is behind the end", "g2  3 7 is behind the end"],
                json.RootElement.EnumerateArray().Select(each => $"{each.GetProperty("topic")} {each.GetProperty("before")} {each.GetProperty("after")} {each.GetProperty("note")}"));
        }

        Assert.Equal(["g1-0 3/3 lag 0", "g2-0 3/3 lag 0"], await Offsets("one"));
        await Ok("group", "reset", "one", "--undo", "--execute");
        Assert.Equal(["g1-0 2/3 lag 1"], await Offsets("one"));
        await Ok("group", "reset", "one", "--undo", "--execute");
        Assert.Equal(["g1-0 3/3 lag 0", "g2-0 3/3 lag 0"], await Offsets("one"));
        await Ok("group", "reset", "one", "--shift-by", "-2", "--all-topics", "--execute");
        await Ok("group", "reset", "one", "--by-duration", "1h", "--topic", "g1", "--execute");
        Assert.Equal(["g1-0 0/3 lag 3", "g2-0 1/3 lag 2"], await Offsets("one"));
        await Ok("group", "reset", "one", "--undo", "--execute");
        Assert.Equal(["g1-0 1/3 lag 2", "g2-0 1/3 lag 2"], await Offsets("one"));

        Assert.DoesNotContain("__undo", await Ok("group", "list"), StringComparison.Ordinal);
        Assert.Contains("__undo.one", await Ok("group", "list", "--internal"), StringComparison.Ordinal);
        Assert.Contains("nobody reads the 4 record(s)", await Ok("why", "group", "one"), StringComparison.Ordinal);
        var deleted = await Run("", "group", "delete", "missing", "one");
        Assert.Equal(1, deleted.Exit);
        Assert.Contains("GROUP_ID_NOT_FOUND", deleted.Error, StringComparison.Ordinal);
        Assert.Contains("Deleted group one.", deleted.Out, StringComparison.Ordinal);
        Assert.Contains("no-such-group", await Ok("why", "group", "one", "-o", "json"), StringComparison.Ordinal);
        Assert.Equal(1, (await Run("", "group", "describe", "one")).Exit);
    }

    [KafkaFact]
    public async Task What_cannot_be_reset_is_refused_and_nothing_else_is_reset()
    {
        await Ok("topic", "create", "g3", "--partitions", "1", "--replication-factor", "1");
        Assert.Contains("there is no 4", (await Run("", "group", "reset", "two", "--to-earliest", "--topic", "g3:0,4", "--execute")).Error, StringComparison.Ordinal);
        Assert.Contains("UNKNOWN_TOPIC_OR_PARTITION", (await Run("", "group", "reset", "two", "--to-earliest", "--topic", "g3", "--topic", "no", "--execute")).Error, StringComparison.Ordinal);
        Assert.Contains("no committed offset to shift", (await Run("", "group", "reset", "two", "--shift-by", "1", "--topic", "g3", "--execute")).Error, StringComparison.Ordinal);
        Assert.Contains("has no committed offsets", (await Run("", "group", "reset", "two", "--to-earliest", "--all-topics", "--execute")).Error, StringComparison.Ordinal);
        Assert.Contains("nothing to undo", (await Run("", "group", "reset", "two", "--undo", "--execute")).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("two", await Ok("group", "list", "--internal"), StringComparison.Ordinal);
    }
}
