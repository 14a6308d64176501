using FsCheck.Xunit;
using StreamActors.Protocol.Tests.Golden;
using StreamActors.Protocol.Tests.Schemas;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Robustness;

/// <summary>What is written is read again as it was, whatever it is.</summary>
public sealed class RoundTripProperties
{
    [Property(MaxTest = 3)]
    public void Random_instances_of_every_message_survive_the_wire_at_every_version(int seed)
    {
        var make = new RandomMessages(new Random(seed));
        foreach (var schema in SchemaSources.Messages)
        {
            var codec = MessageCodec.Of(schema.Name);
            for (var version = codec.LowestVersion; version <= codec.HighestVersion; version++)
            {
                var message = make.Make(schema, version);
                var bytes = WireWriter.ToArray(message, version);
                Assert.Equal(bytes.Length, message.Size(version));
                var read = codec.Read(bytes, version);
                Assert.True(Deep.Difference(message, read) is not { } difference, $"{schema.Name} version {version}: {Deep.Difference(message, read)}");
                Assert.Equal(bytes, WireWriter.ToArray(read, version));
            }
        }
    }

    [Property(MaxTest = 200)]
    public void Numbers_of_variable_length_survive(int number, long large)
    {
        using var writer = new WireWriter();
        writer.WriteVarint(number);
        writer.WriteVarlong(large);
        writer.WriteUnsignedVarint((uint)number);
        Assert.Equal(writer.Written.Length, Varint.Size(number) + Varint.Size(large) + Varint.Size((uint)number));
        var reader = new WireReader(writer.Written);
        Assert.Equal(number, reader.ReadVarint());
        Assert.Equal(large, reader.ReadVarlong());
        Assert.Equal((uint)number, reader.ReadUnsignedVarint());
        reader.ExpectEnd();
    }
}
