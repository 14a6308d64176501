using StreamActors.Cluster;
using StreamActors.Commands;

namespace StreamActors.Tests.Commands;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--help", "server")]
    [InlineData("server --help", "--config")]
    [InlineData("server -h", "--set")]
    [InlineData("topic --help", "describe")]
    [InlineData("topic create --help", "--replication-factor")]
    [InlineData("topic list --help", "--output")]
    [InlineData("topic describe --help", "--configs")]
    [InlineData("topic alter --help", "--delete-config")]
    [InlineData("topic delete --help", "--if-exists")]
    [InlineData("produce --help", "--key-separator")]
    [InlineData("consume --help", "--from-beginning")]
    [InlineData("group --help", "reset")]
    [InlineData("group list --help", "--state")]
    [InlineData("group describe --help", "--output")]
    [InlineData("group reset --help", "--by-duration")]
    [InlineData("group delete --help", "--if-exists")]
    [InlineData("why --help", "group")]
    [InlineData("why group --help", "--stalled-after")]
    public async Task Help_is_everywhere(string args, string shown)
    {
        var run = await RunAsync(args);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains(shown, run.Out, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("server --version")]
    [InlineData("topic --version")]
    [InlineData("topic list --version")]
    [InlineData("produce --version")]
    public async Task Version_is_everywhere(string args)
    {
        var run = await RunAsync(args);
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+", run.Out);
    }

    [Theory]
    [InlineData("", "Required command was not provided")]
    [InlineData("topic", "Required command was not provided")]
    [InlineData("bogus", "bogus")]
    [InlineData("server --bogus", "--bogus")]
    [InlineData("server --port x", "--port")]
    [InlineData("server --port 65536", "--port must be from 0 to 65535")]
    [InlineData("server --config", "--config")]
    [InlineData("server @file", "@file")]
    [InlineData("topic create", "topic")]
    [InlineData("topic create t --partitions 0", "--partitions must be at least 1")]
    [InlineData("topic create t --config retention.mss=1", "unknown topic setting retention.mss; did you mean retention.ms?")]
    [InlineData("topic create t --config retention.ms=abc", "Invalid value abc for configuration retention.ms: not a number of type LONG")]
    [InlineData("topic create t --config retention.ms", "--config must be NAME=VALUE, not 'retention.ms'")]
    [InlineData("topic create t --bootstrap-server nowhere", "--bootstrap-server must be HOST:PORT, not 'nowhere'")]
    [InlineData("topic create t --timeout soon", "--timeout must be a duration")]
    [InlineData("topic alter t", "nothing to alter")]
    [InlineData("topic delete", "Required argument missing")]
    [InlineData("topic list --output xml", "xml")]
    [InlineData("produce t --acks 2", "2")]
    [InlineData("produce t --compression rar", "rar")]
    [InlineData("produce t --header x", "--header must be NAME=VALUE, not 'x'")]
    [InlineData("consume t --offset 3", "--offset needs --partition")]
    [InlineData("consume t --group g --partition 1", "--group and --partition exclude each other")]
    [InlineData("group reset g --topic t", "where to? One of --to-earliest")]
    [InlineData("group reset g --topic t --to-earliest --to-latest", "--to-earliest and --to-latest exclude each other")]
    [InlineData("group reset g --to-earliest", "which partitions? --topic, or --all-topics")]
    [InlineData("group reset g --to-earliest --topic t --all-topics", "--topic and --all-topics exclude each other")]
    [InlineData("group reset g --undo --topic t", "--undo takes back a whole reset")]
    [InlineData("group reset g --undo --execute --dry-run", "--execute and --dry-run exclude each other")]
    [InlineData("group reset g --to-earliest --topic t:x", "--topic must be TOPIC or TOPIC:P,P, not 't:x'")]
    [InlineData("group reset g --topic t --to-offset -1", "--to-offset must be at least 0")]
    [InlineData("group reset g --topic t --to-datetime noon", "--to-datetime must be a time")]
    [InlineData("group reset g --topic t --by-duration soon", "--by-duration must be a duration")]
    [InlineData("group delete", "Required argument missing")]
    [InlineData("why", "Required command was not provided")]
    [InlineData("why group g --stalled-after soon", "--stalled-after must be a duration")]
    public async Task A_wrong_command_line_says_why_and_what_to_try(string args, string shown)
    {
        var run = await RunAsync(args);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains(shown, run.Error, StringComparison.Ordinal);
        Assert.Contains("Try: streamactors", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_wrong_configuration_says_why()
    {
        var run = await RunAsync("server --set num.partitons=3");
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Equal($"streamactors: --set num.partitons: unknown setting num.partitons; did you mean num.partitions?{Environment.NewLine}", run.Error);
    }

    [Fact]
    public async Task A_configuration_can_be_checked_without_a_start()
    {
        var run = await RunAsync("server --check --set node.id=7 --set listeners=PLAINTEXT://:9092 --port 0 --data /nowhere/at/all");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("node 7", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_are_tables_or_json()
    {
        IReadOnlyList<IReadOnlyList<object?>> rows = [["orders", 3, new[] { "1", "2" }, true, null], ["a [b] \"c\"", 1L, Array.Empty<string>(), false, "x"]];
        string[] columns = ["name", "partitionCount", "replicas", "internal", "error"];
        var json = new StringWriter();
        ListOutput.Write(json, OutputFormat.Json, columns, rows);
        using var document = System.Text.Json.JsonDocument.Parse(json.ToString());
        Assert.Equal("orders", document.RootElement[0].GetProperty("name").GetString());
        Assert.Equal(3, document.RootElement[0].GetProperty("partitionCount").GetInt32());
        Assert.Equal(2, document.RootElement[0].GetProperty("replicas").GetArrayLength());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, document.RootElement[0].GetProperty("error").ValueKind);
        var table = new StringWriter();
        ListOutput.Write(table, OutputFormat.Table, columns, rows);
        var lines = table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("PARTITION COUNT", lines[0], StringComparison.Ordinal);
        Assert.Contains("a [b] \"c\"", lines[2], StringComparison.Ordinal);
    }

    private static async Task<(ExitCode Code, string Out, string Error)> RunAsync(string args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var context = new CommandContext(TextReader.Null, output, error, _ => null);
        var code = await CommandLine.RunAsync(args.Split(' ', StringSplitOptions.RemoveEmptyEntries), context);
        return ((ExitCode)code, output.ToString(), error.ToString());
    }
}
