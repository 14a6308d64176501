using System.Diagnostics;

namespace StreamActors.Interop.Harness;

/// <summary>Waits for a condition that other processes bring about. The deadlines are for a test that fails: far beyond what a busy machine takes.</summary>
internal static class Eventually
{
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns as soon as <paramref name="condition"/> holds; fails with <paramref name="what"/> when the time is up.</summary>
    public static async Task HoldsAsync(Func<bool> condition, Func<string> what, int seconds = 120)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); await Task.Delay(Interval))
            if (clock.Elapsed.TotalSeconds > seconds)
                Assert.Fail($"Not within {seconds} s: {what()}");
    }
}
