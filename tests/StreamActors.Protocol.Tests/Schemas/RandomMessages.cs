using System.Collections;
using StreamActors.Protocol.Generator.Schema;
using StreamActors.Protocol.Tests.Golden;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Schemas;

/// <summary>Makes messages with random contents, each field as its schema allows in the version.</summary>
internal sealed class RandomMessages(Random random)
{
    private static readonly string[] Texts = ["", "a", "topic-1", "größe", "主题", "😀🚀", "\0", new('x', 126), new('x', 127), new('é', 64), new('y', 300)];

    public IApiMessage Make(MessageSchema schema, short version)
    {
        var message = MessageCodec.Of(schema.Name).Create();
        Fill(message, schema.Root, version, schema.FlexibleSince is { } since && version >= since);
        return message;
    }

    private void Fill(object target, StructSchema schema, short version, bool flexible)
    {
        foreach (var field in schema.Fields.Where(field => Has(field.Versions, version)))
        {
            if (random.Next(6) == 0) continue;
            var property = JsonMessage.FieldsOf(target.GetType()).Single(property => property.Name == field.Name);
            property.SetValue(target, Value(field, property.PropertyType, version, flexible));
        }

        if (!flexible || random.Next(8) > 0) return;
        var owner = (WireStruct)target;
        owner.UnknownTaggedFields = [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => new UnknownTaggedField((uint)(100 + (i * 1000)), Bytes()))];
    }

    private object? Value(FieldSchema field, Type type, short version, bool flexible)
    {
        var nullable = field.Nullable is { } versions && Has(versions, version);
        if (nullable && random.Next(4) == 0) return field.TypeName == "records" ? RecordsData.Null : null;
        if (!field.IsList) return One(field, type, version, flexible);
        var list = (IList)Activator.CreateInstance(type)!;
        for (var count = random.Next(4); count > 0; count--) list.Add(One(field, type.GetGenericArguments()[0], version, flexible));
        return list;
    }

    private object One(FieldSchema field, Type type, short version, bool flexible)
    {
        if (field.Struct is { } nested)
        {
            var made = Activator.CreateInstance(type)!;
            Fill(made, nested, version, flexible);
            return made;
        }

        return field.TypeName switch
        {
            "bool" => random.Next(2) == 0,
            "int8" => (sbyte)random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
            "int16" => (short)random.Next(short.MinValue, short.MaxValue + 1),
            "uint16" => (ushort)random.Next(ushort.MaxValue + 1),
            "int32" => (int)random.NextInt64(int.MinValue, int.MaxValue + 1L),
            "uint32" => (uint)random.NextInt64(uint.MaxValue + 1L),
            "int64" => random.NextInt64(long.MinValue, long.MaxValue),
            "float64" => BitConverter.Int64BitsToDouble(random.NextInt64()),
            "uuid" => new Guid(Fresh(16)),
            "string" => Texts[random.Next(Texts.Length)],
            "bytes" => Bytes(),
            "records" => new RecordsData(Bytes()),
            _ => throw new InvalidOperationException(field.TypeName),
        };
    }

    private ReadOnlyMemory<byte> Bytes() => Fresh(random.Next(5) == 0 ? random.Next(300) : random.Next(8));

    private byte[] Fresh(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static bool Has(VersionRange range, short version) => range.Lowest <= version && version <= range.Highest;
}
