using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Records;

/// <summary>
/// Reads what consumers of the classic group protocol tell each other through JoinGroup and SyncGroup. It is theirs and need not be what consumers say, so
/// null is no error: it cannot be read. A version that is newer begins as the last that is known.
/// </summary>
public static class EmbeddedProtocol
{
    public static ConsumerProtocolSubscription? TryReadSubscription(ReadOnlyMemory<byte> metadata) =>
        TryRead(metadata, ConsumerProtocolSubscription.HighestVersion, ConsumerProtocolSubscription.Read);

    /// <summary>Nothing at all is an assignment of no partitions.</summary>
    public static ConsumerProtocolAssignment? TryReadAssignment(ReadOnlyMemory<byte> assignment) =>
        assignment.IsEmpty ? new ConsumerProtocolAssignment() : TryRead(assignment, ConsumerProtocolAssignment.HighestVersion, ConsumerProtocolAssignment.Read);

    private delegate T Reading<T>(ref WireReader reader, short version);

    private static T? TryRead<T>(ReadOnlyMemory<byte> bytes, short highest, Reading<T> read)
        where T : class
    {
        try
        {
            var reader = new WireReader(bytes);
            var version = reader.ReadInt16();
            return version < 0 ? null : read(ref reader, Math.Min(version, highest));
        }
        catch (WireFormatException)
        {
            return null;
        }
    }
}
