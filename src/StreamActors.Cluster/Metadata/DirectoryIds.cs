namespace StreamActors.Cluster.Metadata;

/// <summary>Ids that are no data folder's own; Kafka reserves them (KIP-858).</summary>
public static class DirectoryIds
{
    /// <summary>A folder that is out of reach, whichever it is.</summary>
    public static readonly Guid Lost = new(0, 0, 0, [0, 0, 0, 0, 0, 0, 0, 2]);
}
