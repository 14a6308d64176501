using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>
/// The file <c>.kafka_cleanshutdown</c>: whoever finds it knows that all logs were closed in order. It is taken away at once, so that a
/// crash right after is not taken for a clean stop.
/// </summary>
internal static class CleanShutdown
{
    private const string FileName = ".kafka_cleanshutdown";

    public static bool Take(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!disk.FileExists(path)) return false;
        disk.DeleteFile(path);
        disk.SyncDirectory(folder);
        return true;
    }

    public static void Leave(IDisk disk, string folder) =>
        CheckpointFile.WriteText(disk, Path.Combine(folder, FileName), """{"version":0,"brokerEpoch":-1}""", sync: true);
}
