using Microsoft.Win32.SafeHandles;

namespace StreamActors.Protocol.Wire;

/// <summary>
/// Records that lie in a range of a file. Where there is a real file, a plain socket on Linux sends them with
/// <c>sendfile(2)</c>; everywhere else they are read in pieces and sent.
/// </summary>
public abstract class FileRecordsSource : RecordsSource
{
    /// <summary>The file, or null where the disk is not a real one (simulation).</summary>
    public abstract SafeFileHandle? Handle { get; }

    /// <summary>Where in the file the range starts, in bytes.</summary>
    public abstract long Position { get; }
}
