using System.Buffers.Binary;

namespace StreamActors.Client.Producer;

/// <summary>The 32-bit MurmurHash2 (Austin Appleby, public domain) with the seed that Kafka's clients use for keys.</summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;
    private const int Shift = 24;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= sizeof(uint); data = data[sizeof(uint)..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            word ^= word >> Shift;
            hash = (hash * Multiplier) ^ (word * Multiplier);
        }

        if (data.Length > 0)
        {
            for (var i = data.Length - 1; i >= 0; i--) hash ^= (uint)data[i] << (8 * i);
            hash *= Multiplier;
        }

        hash ^= hash >> 13;
        hash *= Multiplier;
        return (int)(hash ^ (hash >> 15));
    }

    /// <summary>The partition of a key, as every Kafka client with the default partitioner finds it.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (Hash(key) & int.MaxValue) % partitions;
}
