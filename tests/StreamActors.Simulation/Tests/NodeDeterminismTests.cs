using StreamActors.Simulation.Scenarios;

namespace StreamActors.Simulation.Tests;

public sealed class NodeDeterminismTests
{
    private const int Seeds = 5;

    [Fact]
    public void One_seed_takes_the_whole_node_through_the_same_steps_each_time()
    {
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var first = Outcome.Of(new NodeScenario(), seed);
            var second = Outcome.Of(new NodeScenario(), seed);
            Assert.Equal(first.ToString(), second.ToString());
            Assert.Equal(0, first.ForeignCalls);
        }
    }

    [Fact]
    public async Task Another_process_takes_the_whole_node_through_the_same_steps_and_none_of_them_on_the_thread_pool()
    {
        var lines = await ChildProcess.RunAsync("--scenario", "node", "--seed", "1", "--count", $"{Seeds}");
        for (var seed = 1UL; seed <= Seeds; seed++)
            Assert.Contains($"{Outcome.Of(new NodeScenario(), seed)}, 0 on the thread pool", lines);
    }
}
