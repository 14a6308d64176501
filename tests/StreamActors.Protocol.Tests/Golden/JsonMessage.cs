using System.Buffers.Text;
using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>Compares a message with the JSON that tells of it, and makes one from it; by reflection, apart from the code under test.</summary>
internal static class JsonMessage
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    /// <summary>The fields of a generated class.</summary>
    public static PropertyInfo[] FieldsOf(Type type) => Properties.GetOrAdd(
        type,
        static of => [.. of.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.CanWrite)]);

    /// <summary>Where the two differ; null where they do not. What JSON does not tell has to have its default.</summary>
    public static string? Difference(object actual, JsonElement expected)
    {
        var defaults = Activator.CreateInstance(actual.GetType())!;
        var told = new HashSet<string>(expected.EnumerateObject().Select(property => Pascal(property.Name)), StringComparer.Ordinal);
        foreach (var field in FieldsOf(actual.GetType()))
        {
            var value = field.GetValue(actual);
            var difference = told.Remove(field.Name)
                ? DifferenceOfValues(value, expected.GetProperty(JsonName(expected, field.Name)))
                : Deep.Difference(value, field.GetValue(defaults));
            if (difference is not null) return $"{field.Name}{difference}";
        }

        return told.Count == 0 ? null : $"{actual.GetType().Name} has no {string.Join(", ", told)}";
    }

    /// <summary>Sets the fields of <paramref name="target"/> to what JSON tells.</summary>
    public static void Fill(object target, JsonElement source)
    {
        foreach (var told in source.EnumerateObject())
        {
            var field = FieldsOf(target.GetType()).Single(property => property.Name == Pascal(told.Name));
            field.SetValue(target, Value(field.PropertyType, told.Value));
        }
    }

    /// <summary>Puts the unknown tagged fields of a golden line where their paths say.</summary>
    public static void AddUnknownTags(object message, JsonElement tags)
    {
        foreach (var tag in tags.EnumerateArray())
        {
            var owner = (WireStruct)Follow(message, tag.GetProperty("path").GetString()!);
            owner.UnknownTaggedFields ??= [];
            owner.UnknownTaggedFields.Add(new UnknownTaggedField(tag.GetProperty("tag").GetUInt32(), tag.GetProperty("data").GetBytesFromBase64()));
        }
    }

    private static object Follow(object from, string path)
    {
        foreach (var step in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bracket = step.IndexOf('[', StringComparison.Ordinal);
            var name = (bracket < 0 ? step : step[..bracket]).Replace("_", "", StringComparison.Ordinal);
            var field = FieldsOf(from.GetType()).Single(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            from = field.GetValue(from)!;
            if (bracket >= 0) from = ((IList)from)[int.Parse(step[(bracket + 1)..^1])]!;
        }

        return from;
    }

    private static string? DifferenceOfValues(object? value, JsonElement expected)
    {
        if (expected.ValueKind == JsonValueKind.Null) return value is null or RecordsData { IsNull: true } ? null : " is not null";
        if (value is null) return " is null";
        if (value is IList list)
        {
            if (list.Count != expected.GetArrayLength()) return $" has {list.Count} elements, not {expected.GetArrayLength()}";
            for (var i = 0; i < list.Count; i++)
            {
                if (DifferenceOfValues(list[i], expected[i]) is { } inner) return $"[{i}]{inner}";
            }

            return null;
        }

        if (value is WireStruct) return Difference(value, expected) is { } within ? "." + within : null;
        return Deep.Difference(value, Value(value.GetType(), expected));
    }

    private static object? Value(Type type, JsonElement json)
    {
        if (type == typeof(RecordsData)) return json.ValueKind == JsonValueKind.Null ? RecordsData.Null : new RecordsData(json.GetBytesFromBase64());
        if (json.ValueKind == JsonValueKind.Null) return null;
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(ReadOnlyMemory<byte>)) return new ReadOnlyMemory<byte>(json.GetBytesFromBase64());
        if (type == typeof(Guid)) return new Guid(Base64Url.DecodeFromChars(json.GetString()), bigEndian: true);
        if (type == typeof(string)) return json.GetString();
        if (type == typeof(bool)) return json.GetBoolean();
        if (type == typeof(double)) return json.GetDouble();
        if (type.IsPrimitive) return Convert.ChangeType(json.GetInt64(), type);
        var made = Activator.CreateInstance(type)!;
        if (made is not IList list)
        {
            Fill(made, json);
            return made;
        }

        foreach (var element in json.EnumerateArray()) list.Add(Value(type.GetGenericArguments()[0], element));
        return made;
    }

    private static string Pascal(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    private static string JsonName(JsonElement json, string field) => json.EnumerateObject().First(property => Pascal(property.Name) == field).Name;
}
