using System.Text.Json;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>The tables of APIs and errors, and the numbers of variable length.</summary>
public sealed class GoldenTablesTests
{
    private static readonly JsonElement Misc = GoldenFiles.Misc();

    [Fact]
    public void Knows_every_API_with_its_versions_and_headers()
    {
        var expected = Misc.GetProperty("apis").EnumerateArray().Where(api => !api.TryGetProperty("removed", out _)).ToList();
        Assert.Equal(expected.Count, ApiKeys.All.Count(api => (short)api.Key < ApiKeys.FirstOwn));
        foreach (var api in expected)
        {
            var info = ApiKeys.Info((ApiKey)api.GetProperty("key").GetInt16());
            Assert.Equal(api.GetProperty("name").GetString(), info.Name);
            Assert.Equal(info.Name, info.Key.ToString());
            Assert.Equal(api.GetProperty("minVersion").GetInt16(), info.LowestVersion);
            Assert.Equal(api.GetProperty("maxVersion").GetInt16(), info.LatestStable);
            Assert.Equal(api.TryGetProperty("unstableVersion", out var unstable) ? unstable.GetInt16() : info.LatestStable, info.HighestVersion);
            foreach (var header in api.GetProperty("requestHeaderVersion").EnumerateObject())
            {
                Assert.Equal(header.Value.GetInt16(), info.RequestHeaderVersion(short.Parse(header.Name)));
            }

            foreach (var header in api.GetProperty("responseHeaderVersion").EnumerateObject())
            {
                Assert.Equal(header.Value.GetInt16(), info.ResponseHeaderVersion(short.Parse(header.Name)));
            }

            var listeners = api.GetProperty("listeners").EnumerateArray().Aggregate(Listeners.None, (all, one) => all | Enum.Parse<Listeners>(one.GetString()!, ignoreCase: true));
            Assert.Equal(listeners, info.Listeners);
        }
    }

    [Fact]
    public void Knows_every_error_with_its_name_and_whether_to_try_again()
    {
        var expected = Misc.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(expected.Count, Enum.GetValues<ErrorCode>().Length);
        foreach (var error in expected)
        {
            var code = (ErrorCode)error.GetProperty("code").GetInt16();
            Assert.Equal(error.GetProperty("name").GetString(), code.KafkaName());
            Assert.Equal(error.GetProperty("retriable").GetBoolean(), code.IsRetriable());
            Assert.DoesNotContain("does not know", code.DefaultMessage(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Writes_and_reads_numbers_of_variable_length()
    {
        foreach (var vector in Misc.GetProperty("varints").EnumerateArray())
        {
            var value = vector.GetProperty("value").GetInt64();
            Check(vector, "varlong", writer => writer.WriteVarlong(value), (ref WireReader reader) => reader.ReadVarlong(), value);
            if (value != (int)value) continue;
            Check(vector, "varint", writer => writer.WriteVarint((int)value), (ref WireReader reader) => reader.ReadVarint(), value);
            Check(vector, "unsignedVarint", writer => writer.WriteUnsignedVarint((uint)value), (ref WireReader reader) => (int)reader.ReadUnsignedVarint(), value);
        }
    }

    private delegate long ReadNumber(ref WireReader reader);

    private static void Check(JsonElement vector, string name, Action<WireWriter> write, ReadNumber read, long value)
    {
        if (!vector.TryGetProperty(name, out var golden)) return;
        var bytes = golden.GetBytesFromBase64();
        using var writer = new WireWriter();
        write(writer);
        Assert.Equal(bytes, writer.Written.ToArray());
        var reader = new WireReader(bytes);
        Assert.Equal(value, read(ref reader));
        reader.ExpectEnd();
    }
}
