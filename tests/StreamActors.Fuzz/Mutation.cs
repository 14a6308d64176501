namespace StreamActors.Fuzz;

/// <summary>Small changes to bytes, of the kinds that break parsers.</summary>
internal static class Mutation
{
    private static readonly byte[] Edges = [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff];

    public static byte[] Of(byte[] original, Random random)
    {
        var bytes = original.ToArray();
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = Edges[random.Next(Edges.Length)];
                    break;
                case 3:
                    bytes = bytes[..at];
                    break;
                case 4:
                    var repeated = bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 20))).ToArray();
                    bytes = [.. bytes[..at], .. repeated, .. bytes[at..]];
                    break;
                default:
                    bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 9))).Fill(Edges[random.Next(Edges.Length)]);
                    break;
            }
        }

        return bytes;
    }
}
