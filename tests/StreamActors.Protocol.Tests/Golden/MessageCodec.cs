using System.Collections.Concurrent;
using System.Reflection;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>A message class found by its name.</summary>
internal sealed class MessageCodec
{
    private static readonly ConcurrentDictionary<string, MessageCodec> Known = new(StringComparer.Ordinal);
    private readonly ReadMessage read;

    private MessageCodec(string name)
    {
        Type = typeof(FetchRequest).Assembly.GetType($"StreamActors.Protocol.Messages.{name}") ?? throw new InvalidOperationException($"There is no message {name}");
        read = Type.GetMethod("Read", BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<ReadMessage>();
        LowestVersion = Static("LowestVersion");
        HighestVersion = Static("HighestVersion");
        FlexibleSince = Static("FlexibleSince");
    }

    private delegate IApiMessage ReadMessage(ref WireReader reader, short version);

    public Type Type { get; }

    public short LowestVersion { get; }

    public short HighestVersion { get; }

    public short FlexibleSince { get; }

    public static MessageCodec Of(string name) => Known.GetOrAdd(name, static found => new MessageCodec(found));

    public IApiMessage Create() => (IApiMessage)Activator.CreateInstance(Type)!;

    public IApiMessage Read(ReadOnlyMemory<byte> bytes, short version)
    {
        var reader = new WireReader(bytes);
        var message = read(ref reader, version);
        reader.ExpectEnd();
        return message;
    }

    private short Static(string name) => (short)Type.GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}
