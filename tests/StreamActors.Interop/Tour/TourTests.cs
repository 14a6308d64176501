using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Tour;

/// <summary>The tours of the README, as a reader would run them.</summary>
public sealed class TourTests(BrokerProcess broker) : IClassFixture<BrokerProcess>
{
    [Fact]
    public async Task Payments_are_read_by_two_groups_and_replayed()
    {
        var said = await RunAsync("payments");
        Assert.Equal(6, said.Lines.Count(l => l.Contains("risk: ", StringComparison.Ordinal)));
        Assert.Equal(6, said.Lines.Count(l => l.Contains("ledger: ", StringComparison.Ordinal)));
        var replayed = said.Output[said.Output.IndexOf("a replay", StringComparison.Ordinal)..];
        int[] alice = [.. new[] { "200", "15", "4999" }.Select(a => replayed.IndexOf($"\"user\":\"alice\",\"amount\":{a},", StringComparison.Ordinal))];
        Assert.All(alice, at => Assert.True(at > 0, replayed));
        Assert.Equal(alice.Order(), alice);
    }

    [Fact]
    public async Task The_package_catalogue_comes_back_equal_and_in_order()
    {
        var said = await RunAsync("catalogue");
        Assert.StartsWith("equal: ", said.Lines[^1]);
        Assert.Contains("in 6 partitions", said.Lines[^1]);
    }

    async Task<CommandResult> RunAsync(string tour)
    {
        var script = Path.Combine(Places.Repository, "docs", "tour", tour);
        var environment = new Dictionary<string, string>
        {
            ["BOOTSTRAP"] = broker.Bootstrap,
            ["PATH"] = $"{Path.GetDirectoryName(BrokerProcess.Binary)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        return (await Command.RunAsync([script], seconds: 400, environment: environment)).Succeeded();
    }
}
