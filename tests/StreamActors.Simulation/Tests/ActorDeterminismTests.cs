using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Scenarios;

namespace StreamActors.Simulation.Tests;

public sealed class ActorDeterminismTests
{
    private const int Seeds = 50;

    [Fact]
    public void One_seed_gives_the_same_trace_each_time()
    {
        var hashes = new HashSet<ulong>();
        for (var seed = 1UL; seed <= Seeds; seed++)
        {
            var first = Outcome.Of(new ActorScenario(), seed);
            var second = Outcome.Of(new ActorScenario(), seed);
            Assert.Null(first.Failure);
            Assert.Equal(first.ToString(), second.ToString());
            Assert.Equal(0, first.ForeignCalls);
            hashes.Add(first.TraceHash);
        }

        // A trace that said nothing would be the same for every seed.
        Assert.Equal(Seeds, hashes.Count);
    }

    [Fact]
    public void Actors_really_restart_replay_and_pipe()
    {
        var counters = new Counters();
        for (var seed = 1UL; seed <= 10; seed++) counters.Add(Outcome.Of(new ActorScenario(), seed).Counters);
        Assert.True(counters["restarts"] > 0);
        Assert.True(counters["replays"] > 0);
        Assert.True(counters["pipes"] > 0);
    }

    [Fact]
    public async Task Another_process_takes_the_same_steps_and_none_of_them_on_the_thread_pool()
    {
        const int count = 5;
        var lines = await ChildProcess.RunAsync("--scenario", "actors", "--seed", "1", "--count", $"{count}");
        for (var seed = 1UL; seed <= count; seed++)
            Assert.Contains($"{Outcome.Of(new ActorScenario(), seed)}, 0 on the thread pool", lines);
    }
}
