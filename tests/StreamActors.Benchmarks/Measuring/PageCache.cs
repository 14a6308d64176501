using System.Diagnostics;

namespace StreamActors.Benchmarks.Measuring;

/// <summary>
/// The machine's page cache. In a virtual machine a page that has never been used costs many times what writing it does: what is measured would be the hypervisor,
/// until all of the memory has been handed out once. So it is filled first, as it is on a machine that has run for a while.
/// </summary>
internal static class PageCache
{
    private const long LeftFree = 1L << 30;

    /// <summary>Fills it with a file of zeros, which has to stay as long as something is measured: pages that are given back are cold again.</summary>
    /// <param name="path">The file.</param>
    /// <param name="gib">How large; -1 for as much as there is memory.</param>
    public static void Fill(string path, int gib)
    {
        var size = gib < 0 ? Math.Max(0, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - LeftFree) : (long)gib << 30;
        var piece = new byte[1 << 20];
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        for (long at = 0; at < size; at += piece.Length) RandomAccess.Write(file, piece, at);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Has the system write what it holds back, so that nobody pays for what came before.</summary>
    public static async Task SettleAsync()
    {
        using var sync = Process.Start("sync");
        await sync.WaitForExitAsync();
    }
}
