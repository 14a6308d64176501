namespace StreamActors.Simulation.Logs;

/// <summary>A record as its writer knows it.</summary>
/// <param name="BatchBase">The offset of the first record of its batch.</param>
/// <param name="Key">Null where it has none.</param>
/// <param name="Value">Null for a tombstone; of a marker its kind.</param>
/// <param name="Timestamp">In ms.</param>
/// <param name="Epoch">The leader's.</param>
/// <param name="ProducerId">-1 where it has none.</param>
/// <param name="Sequence">The producer's number of it; -1 where it has none.</param>
/// <param name="IsTransactional">Whether it is in a transaction, or ends one.</param>
/// <param name="IsControl">Whether it is a marker.</param>
internal sealed record ModelRecord(
    long BatchBase, string? Key, string? Value, long Timestamp, int Epoch, long ProducerId, int Sequence, bool IsTransactional, bool IsControl)
{
    public const string Commit = "commit";
    public const string Abort = "abort";
}
