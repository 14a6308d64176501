using System.Text.Json;
using StreamActors.Protocol.Records;

namespace StreamActors.Protocol.Tests.Records;

public sealed class ChecksumAndVarintTests
{
    private static readonly JsonElement Golden =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", "checksums-and-varints.json"))).RootElement;

    [Fact]
    public void Computes_the_checksums_of_the_reference()
    {
        foreach (var vector in Golden.GetProperty("crc32c").EnumerateArray())
            Assert.Equal(vector.GetProperty("crc").GetUInt32(), Crc32C.Compute(vector.GetProperty("data").GetBytesFromBase64()));
    }

    [Fact]
    public void Lanes_give_what_one_byte_after_the_other_gives()
    {
        var data = new byte[3 * 1024 * 3 + 3 * 128 * 2 + 77];
        new Random(7).NextBytes(data);
        foreach (var length in Enumerable.Range(0, 900).Append(3071).Append(3072).Append(3073).Append(data.Length))
        {
            var single = 0u;
            for (var i = 0; i < length; i++) single = Crc32C.Append(single, data.AsSpan(i, 1));
            Assert.Equal(single, Crc32C.Compute(data.AsSpan(0, length)));
            Assert.Equal(single, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, length / 3)), data.AsSpan(length / 3, length - length / 3)));
        }
    }

    [Fact]
    public void Varints_are_those_of_the_reference()
    {
        var buffer = new byte[16];
        foreach (var vector in Golden.GetProperty("varints").EnumerateArray())
        {
            var value = vector.GetProperty("value").GetInt64();
            var position = 0;
            if (vector.TryGetProperty("varint", out var varint))
            {
                var bytes = varint.GetBytesFromBase64();
                Assert.Equal(bytes, buffer[..Varints.Write(buffer, (int)value)]);
                Assert.True(Varints.TryReadInt(bytes, ref position, out var read));
                Assert.Equal((value, bytes.Length), (read, position));
            }

            var longBytes = vector.GetProperty("varlong").GetBytesFromBase64();
            position = 0;
            Assert.Equal(longBytes, buffer[..Varints.Write(buffer, value)]);
            Assert.Equal(longBytes.Length, Varints.Size(value));
            Assert.True(Varints.TryReadLong(longBytes, ref position, out var readLong));
            Assert.Equal((value, longBytes.Length), (readLong, position));
        }
    }

    [Fact]
    public void A_varint_that_ends_nowhere_or_goes_on_too_long_is_refused()
    {
        var position = 0;
        Assert.False(Varints.TryReadInt([0x80, 0x80], ref position, out _));
        position = 0;
        Assert.False(Varints.TryReadInt([0x80, 0x80, 0x80, 0x80, 0x80, 0x01], ref position, out _));
        position = 0;
        Assert.False(Varints.TryReadLong([.. Enumerable.Repeat((byte)0x80, 10), 1], ref position, out _));
    }
}
