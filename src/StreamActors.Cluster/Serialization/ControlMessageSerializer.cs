using Akka.Actor;
using Akka.Serialization;
using Hyperion;

namespace StreamActors.Cluster.Serialization;

/// <summary>
/// Hyperion for the closed list of control messages and nothing else: known types, a filter for what is inside them, unsafe
/// types refused. What it reads is checked to be on the list before an actor sees it.
/// </summary>
public sealed class ControlMessageSerializer(ExtendedActorSystem system) : Akka.Serialization.Serializer(system)
{
    // Made when the first message crosses: Hyperion compiles code for every type on the list, and a node alone needs none of it.
    private readonly Lazy<Hyperion.Serializer> hyperion = new(() => new(new SerializerOptions(
        versionTolerance: false,
        preserveObjectReferences: false,
        surrogates: null,
        serializerFactories: null,
        knownTypes: [.. ControlMessageTypes.All, typeof(byte[]), typeof(Guid)],
        ignoreISerializable: true,
        packageNameOverrides: null,
        disallowUnsafeTypes: true,
        typeFilter: new AllowedTypes([.. ControlMessageTypes.All, typeof(byte[]), typeof(Guid), typeof(string)]))));

    /// <summary>Frozen: it travels with every message.</summary>
    public override int Identifier => 7001;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj)
    {
        Check(obj);
        using var stream = new MemoryStream();
        hyperion.Value.Serialize(obj, stream);
        return stream.ToArray();
    }

    public override object FromBinary(byte[] bytes, Type? type)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        var message = hyperion.Value.Deserialize<object>(stream);
        Check(message);
        return message;
    }

    private static void Check(object? message)
    {
        if (message is not IControlMessage) throw new RefusedTypeException(message?.GetType());
        if (message is ReplicaEnvelope envelope && envelope.Message is not IControlMessage) throw new RefusedTypeException(envelope.Message?.GetType());
    }

    /// <summary>
    /// Hyperion's own filter compares long names with short ones and so refuses what it includes. This one strips version,
    /// culture and key from both.
    /// </summary>
    private sealed class AllowedTypes(IEnumerable<Type> types) : ITypeFilter
    {
        private readonly HashSet<string> names = [.. types.Select(type => Short(type.AssemblyQualifiedName!))];

        public bool IsAllowed(string typeName) => names.Contains(Short(typeName));

        private static string Short(string name)
        {
            var parts = name.Split(',', StringSplitOptions.TrimEntries);
            // The base library is called one thing where a type is defined and another where it is forwarded.
            return parts.Length > 1 && parts[1] is not ("System.Private.CoreLib" or "mscorlib" or "System.Runtime") ? $"{parts[0]}, {parts[1]}" : parts[0];
        }
    }
}

/// <summary>
/// Stands where Akka's JSON serializer would: whatever is bound to no other serializer must not cross, in either direction.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Akka.Serialization.Serializer(system)
{
    /// <summary>Akka hands the JSON serializer its settings; there is nothing to set here.</summary>
    public RefusingSerializer(ExtendedActorSystem system, Akka.Configuration.Config settings)
        : this(system) => _ = settings;

    /// <summary>The number of the serializer whose place it takes, so that bytes written by one are refused too.</summary>
    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) => throw new RefusedTypeException(obj?.GetType());

    public override object FromBinary(byte[] bytes, Type? type) => throw new RefusedTypeException(type);
}

/// <summary>A message of a type that may not cross between nodes.</summary>
public sealed class RefusedTypeException(Type? type)
    : System.Runtime.Serialization.SerializationException($"{type?.FullName ?? "null"} is not on the list of messages that cross between nodes.");
