using System.Text.Json;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Tests.Golden;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Robustness;

/// <summary>Bytes that are not a message are refused with one of the stated reasons, and nothing else happens.</summary>
public sealed class MalformedFramesTests
{
    [Fact]
    public void A_request_cut_at_any_byte_is_refused()
    {
        foreach (var (_, frame) in GoldenFiles.Frames("requests.jsonl.gz"))
        {
            for (var length = 4; length < frame.Length; length++) Assert.NotNull(Refusal(frame.AsMemory(4..length), ReadRequest));
        }
    }

    [Fact]
    public void A_response_cut_at_any_byte_is_refused()
    {
        foreach (var (line, frame) in GoldenFiles.Frames("responses.jsonl.gz"))
        {
            var read = ReaderOf(line);
            for (var length = 4; length < frame.Length; length++) Assert.NotNull(Refusal(frame.AsMemory(4..length), read));
        }
    }

    [Fact]
    public void A_frame_with_changed_bytes_is_read_or_refused()
    {
        var random = new Random(20260101);
        var refused = 0;
        var frames = GoldenFiles.Frames("requests.jsonl.gz").Select(each => (each.Frame, Read: (Action<ReadOnlyMemory<byte>>)ReadRequest))
            .Concat(GoldenFiles.Frames("responses.jsonl.gz").Select(each => (each.Frame, Read: ReaderOf(each.Line))));
        foreach (var (frame, read) in frames)
        {
            for (var round = 0; round < 30; round++)
            {
                var changed = frame.ToArray();
                for (var changes = random.Next(1, 4); changes > 0; changes--) changed[random.Next(4, changed.Length)] = (byte)random.Next(256);
                if (Refusal(changed.AsMemory(4), read) is not null) refused++;
            }
        }

        Assert.True(refused > 500, $"Only {refused} were refused: the changes do not reach what they should");
    }

    [Theory]
    [InlineData("80808080 10", WireError.VarintTooLong)]
    [InlineData("80808080 80808080 80808080", WireError.VarintTooLong)]
    [InlineData("80", WireError.Truncated)]
    public void A_number_that_goes_on_too_long_is_refused(string hex, WireError expected)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, Refusal(bytes, frame =>
        {
            var reader = new WireReader(frame);
            reader.ReadUnsignedVarint();
        }));
    }

    [Theory]
    [InlineData("FFFE", 0, WireError.NegativeLength)]
    [InlineData("FFFF", 0, WireError.UnexpectedNull)]
    [InlineData("7FFF 00", 0, WireError.LengthBeyondFrame)]
    [InlineData("00", 0, WireError.Truncated)]
    [InlineData("00", 3, WireError.UnexpectedNull)]
    [InlineData("FFFFFFFF 0F", 3, WireError.NegativeLength)]
    [InlineData("818004", 3, WireError.StringTooLong)]
    public void A_string_with_a_wrong_length_is_refused(string hex, short version, WireError expected)
    {
        // The first field of SyncGroup's request is a string; version 4 is flexible.
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, Refusal(bytes, frame =>
        {
            var reader = new WireReader(frame);
            SyncGroupRequest.Read(ref reader, (short)(version == 0 ? 0 : 4));
        }));
    }

    [Theory]
    [InlineData("01 00 05 AABB", WireError.LengthBeyondFrame)]
    [InlineData("05 00", WireError.LengthBeyondFrame)]
    public void Tagged_fields_that_do_not_fit_are_refused(string hex, WireError expected)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, Refusal(bytes, frame =>
        {
            var reader = new WireReader(frame);
            reader.Begin(0, 0, 0, flexibleSince: 0);
            reader.ReadUnknownTags();
        }));
    }

    [Fact]
    public void A_tagged_field_longer_than_its_value_is_refused()
    {
        var bytes = WireWriter.ToArray(new FetchRequest { ClusterId = "c" }, 12);
        bytes[^3]++;
        Assert.Equal(WireError.TaggedFieldSize, Refusal((byte[])[.. bytes, 0], frame =>
        {
            var reader = new WireReader(frame);
            FetchRequest.Read(ref reader, 12);
        }));
    }

    private static void ReadRequest(ReadOnlyMemory<byte> frame)
    {
        var reader = new WireReader(frame);
        var header = FrameHeaders.ReadRequestHeader(ref reader);
        ApiMessages.ReadRequest((ApiKey)header.RequestApiKey, header.RequestApiVersion, ref reader);
    }

    private static Action<ReadOnlyMemory<byte>> ReaderOf(JsonElement line)
    {
        var key = (ApiKey)line.GetProperty("key").GetInt16();
        var version = line.GetProperty("version").GetInt16();
        return frame =>
        {
            var reader = new WireReader(frame);
            FrameHeaders.ReadResponseHeader(ref reader, key, version);
            ApiMessages.ReadResponse(key, version, ref reader);
        };
    }

    private static WireError? Refusal(ReadOnlyMemory<byte> frame, Action<ReadOnlyMemory<byte>> read)
    {
        try
        {
            read(frame);
            return null;
        }
        catch (WireFormatException refused)
        {
            return refused.Error;
        }
    }
}
