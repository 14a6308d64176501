using System.Text.Json;
using StreamActors.Client.Tests.Kafka;
using StreamActors.Commands;

namespace StreamActors.Tests.Commands;

/// <summary>The commands that talk to a broker, against the reference implementation.</summary>
public sealed class ClientCommandTests(KafkaServer kafka) : IClassFixture<KafkaServer>
{
    private async Task<(int Exit, string Out, string Error)> Run(string input, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(240));
        var context = new CommandContext(new StringReader(input), output, error, _ => null);
        var exit = await CommandLine.RunAsync([.. args, "--bootstrap-server", $"{kafka.Options.BootstrapServers[0]}"], context, deadline.Token);
        return (exit, output.ToString(), error.ToString());
    }

    private async Task<string> Ok(string input, params string[] args)
    {
        var (exit, output, error) = await Run(input, args);
        Assert.True(exit == 0, $"{string.Join(' ', args)}: exit code {exit}, {error}");
        return output;
    }

    [KafkaFact]
    public async Task Topics_are_created_listed_described_altered_and_deleted()
    {
        await Ok("", "topic", "create", "t1", "--partitions", "3", "--replication-factor", "1", "--config", "retention.ms=5000");
        Assert.Contains("t1 ", await KafkaServer.Eventually(() => Ok("", "topic", "list"), text => text.Contains("t1 ", StringComparison.Ordinal)), StringComparison.Ordinal);
        await Ok("", "topic", "create", "t1", "--if-not-exists");

        await Ok("", "topic", "alter", "t1", "--partitions", "5", "--config", "cleanup.policy=compact", "--delete-config", "retention.ms");
        var described = await KafkaServer.Eventually(
            () => Ok("", "topic", "describe", "t1", "--output", "json"), text => text.Contains("compact", StringComparison.Ordinal) && text.Contains("\"partition\": 4", StringComparison.Ordinal));
        using (var json = JsonDocument.Parse(described))
        {
            var topic = json.RootElement[0];
            Assert.Equal(("t1", 5), (topic.GetProperty("name").GetString(), topic.GetProperty("partitions").GetArrayLength()));
            var config = topic.GetProperty("configs").EnumerateArray().Single();
            Assert.Equal(("cleanup.policy", "compact", "topic"), (config.GetProperty("name").GetString(), config.GetProperty("value").GetString(), config.GetProperty("source").GetString()));
        }

        var table = await Ok("", "topic", "describe", "t1", "--configs");
        Assert.Contains("partitions=5", table, StringComparison.Ordinal);
        Assert.Contains("retention.ms", table, StringComparison.Ordinal);

        await Ok("", "topic", "delete", "t1");
        Assert.Equal(ExitCodes.Failed, (await KafkaServer.Eventually(() => Run("", "topic", "describe", "t1"), run => run.Exit != 0)).Exit);
        await Ok("", "topic", "delete", "t1", "--if-exists");
    }

    [KafkaFact]
    public async Task Lines_are_produced_and_consumed()
    {
        await Ok("", "topic", "create", "t2", "--partitions", "2", "--replication-factor", "1");
        var (exit, _, error) = await Run("alice:100\nbob:250\nalice:-30\n", "produce", "t2", "-K", ":", "-H", "source=shop", "-z", "zstd");
        Assert.True(exit == 0, error);
        Assert.StartsWith("3 records", error, StringComparison.Ordinal);

        var text = await Ok("", "consume", "t2", "--from-beginning", "--until-end", "-K", "=");
        Assert.Equal(["alice=-30", "alice=100", "bob=250"], text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.True(text.IndexOf("alice=100", StringComparison.Ordinal) < text.IndexOf("alice=-30", StringComparison.Ordinal));

        var lines = (await Ok("", "consume", "t2", "--from-beginning", "--count", "1", "--output", "json")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        using var json = JsonDocument.Parse(Assert.Single(lines));
        Assert.Equal("shop", json.RootElement.GetProperty("headers")[0].GetProperty("value").GetString());

        Assert.Equal(ExitCodes.Failed, (await Run("no separator\n", "produce", "t2", "-K", ":")).Exit);
    }

    [KafkaFact]
    public async Task A_group_goes_on_where_it_stopped_and_does_not_mind_another()
    {
        await Ok("", "topic", "create", "t3", "--partitions", "1", "--replication-factor", "1");
        await Run("a\nb\nc\n", "produce", "t3");

        Assert.Equal("a\nb\n", await Ok("", "consume", "t3", "--group", "one", "--from-beginning", "--count", "2"));
        Assert.Equal("c\n", await Ok("", "consume", "t3", "--group", "one", "--from-beginning", "--until-end"));
        Assert.Equal("", await Ok("", "consume", "t3", "--group", "one", "--from-beginning", "--idle-timeout", "100ms"));
        Assert.Equal("a\nb\nc\n", await Ok("", "consume", "t3", "--group", "two", "--from-beginning", "--until-end"));
        Assert.Equal("b\n", await Ok("", "consume", "t3", "--partition", "0", "--offset", "1", "--count", "1"));
    }

    [KafkaFact]
    public async Task Failures_have_their_exit_codes()
    {
        var missing = await Run("", "consume", "missing", "--from-beginning");
        Assert.Equal(ExitCodes.Failed, missing.Exit);
        Assert.Contains("UNKNOWN_TOPIC_OR_PARTITION", missing.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, (await Run("x\n", "produce", "missing", "--timeout", "5s")).Exit);
        Assert.Equal(ExitCodes.Failed, (await Run("", "topic", "create", "no/good")).Exit);
        Assert.Equal(ExitCodes.Usage, (await Run("", "topic", "create", "t4", "--config", "no.such=1")).Exit);

        var nowhere = new CommandContext(TextReader.Null, TextWriter.Null, new StringWriter(), _ => null);
        Assert.Equal(ExitCodes.Unreachable, await CommandLine.RunAsync(["topic", "list", "-b", "127.0.0.1:1", "--timeout", "300ms"], nowhere));
    }

    /// <summary>The numbers that scripts rely on.</summary>
    private static class ExitCodes
    {
        public const int Failed = 1;
        public const int Usage = 2;
        public const int Unreachable = 3;
    }
}
