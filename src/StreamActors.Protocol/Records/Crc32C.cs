using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamActors.Protocol.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches and producer snapshots.
/// The processor's instruction has a latency of three cycles but can start one each cycle, so long inputs are computed in three
/// independent lanes, which are then joined by a table that advances a checksum over a lane's length of zeros.
/// </summary>
public static class Crc32C
{
    private const int LongLane = 1024;
    private const int ShortLane = 128;

    private static readonly uint[] OverLongLane = ZerosTable(LongLane);
    private static readonly uint[] OverShortLane = ZerosTable(ShortLane);

    public static uint Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="data"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        crc = Lanes(crc, ref data, LongLane, OverLongLane);
        crc = Lanes(crc, ref data, ShortLane, OverShortLane);
        while (data.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<ulong>(data));
            data = data[8..];
        }

        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    private static uint Lanes(uint crc, ref ReadOnlySpan<byte> data, int lane, uint[] zeros)
    {
        ref var table = ref MemoryMarshal.GetArrayDataReference(zeros);
        while (data.Length >= 3 * lane)
        {
            ref var first = ref MemoryMarshal.GetReference(data);
            ref var second = ref Unsafe.Add(ref first, lane);
            ref var third = ref Unsafe.Add(ref second, lane);
            uint crc2 = 0, crc3 = 0;
            for (nint i = 0; i < lane; i += 8)
            {
                crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, i)));
                crc2 = BitOperations.Crc32C(crc2, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref second, i)));
                crc3 = BitOperations.Crc32C(crc3, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref third, i)));
            }

            crc = Advance(Advance(crc, ref table) ^ crc2, ref table) ^ crc3;
            data = data[(3 * lane)..];
        }

        return crc;
    }

    private static uint Advance(uint crc, ref uint table) =>
        Unsafe.Add(ref table, (byte)crc)
        ^ Unsafe.Add(ref table, 256 + (byte)(crc >> 8))
        ^ Unsafe.Add(ref table, 512 + (byte)(crc >> 16))
        ^ Unsafe.Add(ref table, 768 + (crc >> 24));

    private static uint[] ZerosTable(int length)
    {
        // To advance over zeros is linear: the table of any byte is the sum of those of its bits.
        var bits = new uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var crc = 1u << bit;
            for (var i = 0; i < length; i += 8) crc = BitOperations.Crc32C(crc, 0UL);
            bits[bit] = crc;
        }

        var table = new uint[1024];
        for (var index = 0; index < 1024; index++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                if ((index >> bit & 1) != 0) table[index] ^= bits[index / 256 * 8 + bit];
            }
        }

        return table;
    }
}
