using System.Numerics;
using System.Text;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Checkpoints;

/// <summary>
/// Kafka's small text files have no checksums: one digit of a start offset that rots, and records are passed over. A line of ours ends in its CRC-32C, written
/// in 32 blanks and tabs, which Kafka splits off as space. Lines without any, which are Kafka's own, are taken as they are.
/// </summary>
internal static class LineSeal
{
    private const int Bits = 32;

    public static string Seal(string line) => line + Of(line);

    /// <summary>The line without its seal; null where the two do not belong together.</summary>
    public static string? Open(string sealedLine)
    {
        var line = sealedLine.TrimEnd(' ', '\t');
        return line.Length == sealedLine.Length || IsOf(sealedLine, line) ? line : null;
    }

    /// <summary>Whether what is at the end of a line is the seal of another.</summary>
    public static bool IsOf(string sealedLine, string line) => sealedLine.Length >= Bits && sealedLine.AsSpan(sealedLine.Length - Bits).SequenceEqual(Of(line))
        && sealedLine.AsSpan().TrimEnd(" \t").Length == sealedLine.Length - Bits;

    private static string Of(string line) => string.Create(Bits, Crc32C.Compute(Encoding.UTF8.GetBytes(line)), static (seal, crc) =>
    {
        foreach (ref var mark in seal)
        {
            mark = (crc & 1) == 0 ? ' ' : '\t';
            crc = BitOperations.RotateRight(crc, 1);
        }
    });
}
