using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;

namespace StreamActors.Storage;

/// <summary>Another process has the data folder.</summary>
public sealed class DataFolderLockedException(string path) : IOException($"The data folder {path} is in use by another process");

/// <summary>The data folder belongs to another node.</summary>
public sealed class DataFolderMismatchException(string path, MetaProperties found, BrokerId nodeId) : InvalidOperationException(
    $"The data folder {path} belongs to node {found.NodeId} of cluster {found.ClusterId}, this is node {nodeId}");

/// <summary>No data folder is left to start with.</summary>
public sealed class NoLogDirectoryException(string message) : IOException(message);

/// <summary>The data folder is offline since its disk failed.</summary>
public sealed class LogDirectoryOfflineException(string path) : IOException($"The data folder {path} is offline");

/// <summary>A partition's folder has records, but nobody can tell of which topic: they are neither served nor passed over.</summary>
public sealed class PartitionFolderDamagedException(string folder) : InvalidOperationException(
    $"{folder} has records, but its file partition.metadata is missing or damaged. Restore the file, or move the folder away to begin anew");
