using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Journal;

/// <summary>One decision of the controller as it is persisted: its records, all or none.</summary>
public sealed record MetadataEvent(IReadOnlyList<IRecordMessage> Records);

/// <summary>The whole image as records, in parts of at most so many that a part is a fair-sized batch.</summary>
public sealed record MetadataSnapshotRecords(IReadOnlyList<IRecordMessage> Records);
