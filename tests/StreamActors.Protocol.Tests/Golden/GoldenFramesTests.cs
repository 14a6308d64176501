using System.Buffers.Binary;
using System.Text.Json;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;
using Xunit.Abstractions;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>Whole frames: length, the header that belongs to the version, body.</summary>
public sealed class GoldenFramesTests(ITestOutputHelper output)
{
    [Fact]
    public void Reads_every_request_frame_and_frames_it_again()
    {
        var frames = 0;
        foreach (var (line, frame) in GoldenFiles.Frames("requests.jsonl.gz"))
        {
            var about = About(line, frame);
            var reader = new WireReader(frame.AsMemory(4));
            var header = FrameHeaders.ReadRequestHeader(ref reader);
            var key = (ApiKey)header.RequestApiKey;
            var version = header.RequestApiVersion;
            Assert.Equal(line.GetProperty("headerVersion").GetInt16(), ApiKeys.Info(key).RequestHeaderVersion(version));
            Assert.Equal(line.GetProperty("api").GetString(), key.ToString());
            Assert.True(JsonMessage.Difference(header, line.GetProperty("header")) is null, about);

            var body = ApiMessages.ReadRequest(key, version, ref reader);
            reader.ExpectEnd();
            Assert.True(JsonMessage.Difference(body, line.GetProperty("body")) is not { } difference, $"{about}: {JsonMessage.Difference(body, line.GetProperty("body"))}");
            using var again = RequestFrame.Create(version, header.CorrelationId, header.ClientId, body);
            Assert.Equal(frame, again.ToArray());
            frames++;
        }

        output.WriteLine($"{frames} request frames");
        Assert.True(frames >= 302, $"{frames} frames");
    }

    [Fact]
    public void Reads_every_response_frame_and_frames_it_again()
    {
        var frames = 0;
        foreach (var (line, frame) in GoldenFiles.Frames("responses.jsonl.gz"))
        {
            var about = About(line, frame);
            var reader = new WireReader(frame.AsMemory(4));
            var key = (ApiKey)line.GetProperty("key").GetInt16();
            var version = line.GetProperty("version").GetInt16();
            Assert.Equal(line.GetProperty("headerVersion").GetInt16(), ApiKeys.Info(key).ResponseHeaderVersion(version));
            var header = FrameHeaders.ReadResponseHeader(ref reader, key, version);
            Assert.True(JsonMessage.Difference(header, line.GetProperty("header")) is null, about);

            var body = ApiMessages.ReadResponse(key, version, ref reader);
            reader.ExpectEnd();
            Assert.True(JsonMessage.Difference(body, line.GetProperty("body")) is not { } difference, $"{about}: {JsonMessage.Difference(body, line.GetProperty("body"))}");
            using var again = ResponseFrame.Create(version, header.CorrelationId, body);
            Assert.Equal(frame, again.ToArray());
            frames++;
        }

        output.WriteLine($"{frames} response frames");
        Assert.True(frames >= 302, $"{frames} frames");
    }

    private static string About(JsonElement line, byte[] frame)
    {
        Assert.Equal(frame.Length - 4, BinaryPrimitives.ReadInt32BigEndian(frame));
        return $"{line.GetProperty("api").GetString()} version {line.GetProperty("version").GetInt16()}";
    }
}
