namespace StreamActors.Cluster;

/// <summary>With what a server process ends. Scripts and supervisors rely on the numbers; they are documented in the guide.</summary>
public enum ExitCode
{
    Ok = 0,

    /// <summary>The broker refused, or something failed that has no number of its own.</summary>
    Failed = 1,

    /// <summary>The command line or the configuration is wrong.</summary>
    Usage = 2,

    /// <summary>Nobody answered in time.</summary>
    Unreachable = 3,

    /// <summary>Another process has the data folder.</summary>
    DataFolderLocked = 4,

    /// <summary>The cluster removed this node, or a peer refuses it until it is started anew. Start it again.</summary>
    Downed = 5,

    /// <summary>A disk failed: no log directory is left to serve from.</summary>
    DiskFailed = 6,

    /// <summary>The controller's journal is missing or older than what the cluster knows. Nothing was changed.</summary>
    JournalBehind = 7,

    /// <summary>The node belongs to another cluster, or another process has its node id.</summary>
    WrongCluster = 8,

    /// <summary>A listener's address is in use, or is not this machine's.</summary>
    AddressUnavailable = 9,

    /// <summary>The node did not become a member of its cluster in time.</summary>
    JoinFailed = 10,

    /// <summary>A client command was stopped by SIGINT before it was done, as shells count it.</summary>
    Interrupted = 130,
}

/// <summary>How a part of a node ends the whole process: for what cannot be mended in place.</summary>
public interface INodeFate
{
    /// <summary>Ends the node, soon, with that exit code. The first call decides.</summary>
    void End(ExitCode code, string reason);
}
