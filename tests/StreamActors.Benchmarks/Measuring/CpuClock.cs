using System.Runtime.InteropServices;

namespace StreamActors.Benchmarks.Measuring;

/// <summary>CPU time, which a busy machine distorts less than the time on the wall.</summary>
internal static partial class CpuClock
{
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID on Linux

    /// <summary>What all threads of this process have used.</summary>
    public static TimeSpan Process => Environment.CpuUsage.TotalTime;

    /// <summary>What this thread has used, in nanoseconds.</summary>
    public static long Thread
    {
        get
        {
            if (GetTime(ThreadClock, out var time) != 0) throw new InvalidOperationException("There is no CPU clock for threads.");
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
