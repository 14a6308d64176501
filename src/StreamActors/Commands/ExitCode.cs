namespace StreamActors.Commands;

/// <summary>Exit codes of the process. Scripts rely on them: numbers are never reused.</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The broker refused, or the operation failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>No broker could be reached, or it did not answer in time.</summary>
    public const int Unreachable = 3;

    /// <summary>Server: another process holds the data folder, or it belongs to another node or cluster.</summary>
    public const int DataFolderUnavailable = 4;

    /// <summary>Server: the cluster removed this node; it must be started again.</summary>
    public const int Downed = 5;

    /// <summary>Server: a disk failed.</summary>
    public const int DiskFailed = 6;

    /// <summary>Server: a listener's address is in use or does not exist.</summary>
    public const int AddressUnavailable = 7;

    /// <summary>Server: it did not become a member of the cluster in time.</summary>
    public const int JoinFailed = 8;

    /// <summary>Stopped by SIGINT before it was done, as shells count it.</summary>
    public const int Interrupted = 130;
}
