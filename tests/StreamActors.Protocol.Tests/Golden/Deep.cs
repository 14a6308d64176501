using System.Collections;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>Compares two values of generated classes all the way down.</summary>
internal static class Deep
{
    /// <summary>Where they differ; null where they do not.</summary>
    public static string? Difference(object? left, object? right)
    {
        if (left is null || right is null) return left is null == right is null ? null : $": {left ?? "null"} is not {right ?? "null"}";
        if (left is IList list)
        {
            var other = (IList)right;
            if (list.Count != other.Count) return $": {list.Count} elements are not {other.Count}";
            return Enumerable.Range(0, list.Count)
                .Select(i => Difference(list[i], other[i]) is { } inner ? $"[{i}]{inner}" : null)
                .FirstOrDefault(found => found is not null);
        }

        if (left is WireStruct mine)
        {
            var fields = JsonMessage.FieldsOf(left.GetType()).Select(field =>
                Difference(field.GetValue(left), field.GetValue(right)) is { } inner ? $".{field.Name}{inner}" : null);
            return fields.FirstOrDefault(found => found is not null) ?? Difference(mine.UnknownTaggedFields ?? [], ((WireStruct)right).UnknownTaggedFields ?? []);
        }

        if (left is UnknownTaggedField tag) return tag.Tag != ((UnknownTaggedField)right).Tag ? ": another tag" : Difference(tag.Data, ((UnknownTaggedField)right).Data);
        if (left is ReadOnlyMemory<byte> memory) return memory.Span.SequenceEqual(((ReadOnlyMemory<byte>)right).Span) ? null : ": other bytes";
        if (left is double number) return BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits((double)right) ? null : $": {left} is not {right}";
        return left.Equals(right) ? null : $": {left} is not {right}";
    }
}
