using System.Collections.Generic;

namespace StreamActors.Protocol.Generator.Schema;

/// <summary>A type of the wire and how C# has it.</summary>
/// <param name="Name">Its name in schemas.</param>
/// <param name="CSharp">The property's type.</param>
/// <param name="Method">What the reader's and writer's methods are called after Read and Write.</param>
/// <param name="Size">Its bytes on the wire; 0 where it varies (then it has a length).</param>
/// <param name="Heap">Its bytes within an object.</param>
internal sealed record Primitive(string Name, string CSharp, string Method, int Size, int Heap)
{
    public bool CanBeNull => Size == 0;

    private static readonly Dictionary<string, Primitive> All = new()
    {
        ["bool"] = new("bool", "bool", "Bool", 1, 1),
        ["int8"] = new("int8", "sbyte", "Int8", 1, 1),
        ["int16"] = new("int16", "short", "Int16", 2, 2),
        ["uint16"] = new("uint16", "ushort", "UInt16", 2, 2),
        ["int32"] = new("int32", "int", "Int32", 4, 4),
        ["uint32"] = new("uint32", "uint", "UInt32", 4, 4),
        ["int64"] = new("int64", "long", "Int64", 8, 8),
        ["float64"] = new("float64", "double", "Float64", 8, 8),
        ["uuid"] = new("uuid", "global::System.Guid", "Uuid", 16, 16),
        ["string"] = new("string", "string", "String", 0, 8),
        ["bytes"] = new("bytes", "global::System.ReadOnlyMemory<byte>", "Bytes", 0, 24),
        ["records"] = new("records", "global::StreamActors.Protocol.Wire.RecordsData", "Records", 0, 24),
    };

    public static Primitive? Find(string name) => All.TryGetValue(name, out var found) ? found : null;

    public static IEnumerable<string> Names => All.Keys;
}
