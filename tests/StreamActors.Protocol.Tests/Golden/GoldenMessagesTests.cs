using System.Buffers.Binary;
using System.Text.Json;
using StreamActors.Protocol.Wire;
using Xunit.Abstractions;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>Every message, record key and record value that Kafka wrote is read, compared, and written again to the same bytes.</summary>
public sealed class GoldenMessagesTests(ITestOutputHelper output)
{
    public static TheoryData<string, string> Files()
    {
        var files = new TheoryData<string, string>();
        foreach (var (root, path) in GoldenFiles.Below("messages").Concat(GoldenFiles.Below("records"))) files.Add(root, path);
        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Reads_what_Kafka_wrote_and_writes_the_same_bytes(string root, string path)
    {
        var lines = GoldenFiles.Lines(Path.Combine(root, path)).Count(line =>
        {
            Check(CodecOf(path), line);
            return true;
        });
        Assert.NotEqual(0, lines);
    }

    [Fact]
    public void Nothing_of_the_golden_data_is_left_out()
    {
        var versions = 0;
        var cases = 0;
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (root, path) in GoldenFiles.Below("messages").Concat(GoldenFiles.Below("records")))
        {
            var lines = GoldenFiles.Lines(Path.Combine(root, path)).Select(line => line.GetProperty("version").GetInt32()).ToList();
            var covered = lines.Distinct().Order().ToList();
            var codec = CodecOf(path);
            Assert.Equal(Enumerable.Range(codec.LowestVersion, codec.HighestVersion - codec.LowestVersion + 1), covered);
            kinds.Add(codec.Type.Name);
            versions += covered.Count;
            cases += lines.Count;
        }

        output.WriteLine($"{kinds.Count} messages, {versions} versions, {cases} cases");
        Assert.True(kinds.Count >= 241, $"{kinds.Count} messages");
        Assert.True(cases >= 7624, $"{cases} cases");
    }

    private static MessageCodec CodecOf(string path)
    {
        var name = Path.GetFileName(path);
        name = name[..name.IndexOf('.', StringComparison.Ordinal)];
        return MessageCodec.Of(name == "ProducerSnapshotFile" ? "ProducerSnapshot" : name);
    }

    private static void Check(MessageCodec codec, JsonElement line)
    {
        var version = line.GetProperty("version").GetInt16();
        var expected = line.GetProperty("value");
        var about = $"{codec.Type.Name} version {version}, {line.GetProperty("case").GetString()}";
        ReadOnlyMemory<byte> bytes = line.GetProperty("bytes").GetBytesFromBase64();
        if (line.TryGetProperty("prefix", out var prefix))
        {
            Assert.Equal(prefix.GetInt16(), BinaryPrimitives.ReadInt16BigEndian(bytes.Span));
            bytes = bytes[2..];
        }
        else if (codec.Type.Name == "ProducerSnapshot")
        {
            Assert.Equal(version, BinaryPrimitives.ReadInt16BigEndian(bytes.Span));
            bytes = bytes[2..];
        }

        var read = codec.Read(bytes, version);
        Assert.True(JsonMessage.Difference(read, expected) is not { } difference, $"{about}: {JsonMessage.Difference(read, expected)}");
        AssertBytes(bytes, read, version, about + ", written again");

        var made = codec.Create();
        JsonMessage.Fill(made, expected);
        if (line.TryGetProperty("unknownTaggedFields", out var tags)) JsonMessage.AddUnknownTags(made, tags);
        AssertBytes(bytes, made, version, about + ", made from JSON");
    }

    private static void AssertBytes(ReadOnlyMemory<byte> expected, IApiMessage message, short version, string about)
    {
        var written = WireWriter.ToArray(message, version);
        Assert.True(expected.Span.SequenceEqual(written), $"{about}: {Convert.ToHexString(written)} is not {Convert.ToHexString(expected.Span)}");
        Assert.Equal(expected.Length, message.Size(version));
    }
}
