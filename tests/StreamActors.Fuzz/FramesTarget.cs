using System.IO.Compression;
using System.Text.Json;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Fuzz;

/// <summary>
/// Requests and responses: mutated golden frames are read or refused with <see cref="WireFormatException"/>, within their memory
/// budget; what is read can be written, and is then read as the same bytes.
/// </summary>
internal sealed class FramesTarget : IFuzzTarget
{
    private readonly List<(byte[] Frame, ApiKey Key, short Version, bool IsRequest)> seeds = [.. Load("requests", isRequest: true), .. Load("responses", isRequest: false)];

    public bool Try(Random random)
    {
        var (frame, key, version, isRequest) = seeds[random.Next(seeds.Count)];
        var mutated = Mutation.Of(frame, random);
        var before = GC.GetAllocatedBytesForCurrentThread();
        IApiMessage? message = null;
        try
        {
            message = Read(mutated, ref key, ref version, isRequest);
        }
        catch (WireFormatException)
        {
            // Refused: what counts then is that it was cheap.
        }

        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        if (spent > 2 * DecodeBudget.For(mutated.Length)) throw new InvalidOperationException($"{mutated.Length} bytes of {key} {version} took {spent} bytes of memory");
        if (message is null) return false;
        var written = WireWriter.ToArray(message, version);
        if (message.Size(version) != written.Length) throw new InvalidOperationException($"{key} {version}: the size is wrong");
        var reader = new WireReader(written);
        var again = isRequest ? (IApiMessage)ApiMessages.ReadRequest(key, version, ref reader) : ApiMessages.ReadResponse(key, version, ref reader);
        reader.ExpectEnd();
        if (!WireWriter.ToArray(again, version).AsSpan().SequenceEqual(written)) throw new InvalidOperationException($"{key} {version}: read and written again, it differs");
        return true;
    }

    private static IApiMessage Read(byte[] frame, ref ApiKey key, ref short version, bool isRequest)
    {
        var reader = new WireReader(frame);
        if (!isRequest)
        {
            FrameHeaders.ReadResponseHeader(ref reader, key, version);
            return ApiMessages.ReadResponse(key, version, ref reader);
        }

        var header = FrameHeaders.ReadRequestHeader(ref reader);
        key = (ApiKey)header.RequestApiKey;
        version = header.RequestApiVersion;
        return ApiMessages.ReadRequest(key, version, ref reader);
    }

    private static IEnumerable<(byte[] Frame, ApiKey Key, short Version, bool IsRequest)> Load(string name, bool isRequest)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Data", "frames", $"{name}.jsonl.gz");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            yield return (root.GetProperty("frame").GetBytesFromBase64()[4..], (ApiKey)root.GetProperty("key").GetInt16(), root.GetProperty("version").GetInt16(), isRequest);
        }
    }
}
