using System.Linq;
using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator.Emit;

/// <summary>Emits the method that reads a struct, field by field, then its tagged fields.</summary>
internal sealed class ReadEmitter(CodeWriter code, MessageSchema message)
{
    public void Emit(StructSchema owner)
    {
        code.Line($"var m = new {owner.Name}();");
        var open = Condition.Always;
        foreach (var field in owner.Fields)
        {
            var condition = Untagged.Condition(field, owner);
            if (condition == Condition.Never) continue;
            if (condition != open)
            {
                if (open != Condition.Always) code.Close();
                if (condition != Condition.Always) code.Open($"if ({condition})");
                open = condition;
            }

            EmitField(field);
        }

        if (open != Condition.Always) code.Close();
        EmitTags(owner);
        code.Line("return m;");
    }

    private void EmitTags(StructSchema owner)
    {
        if (message.FlexibleSince is not { } since || since > owner.Versions.Highest) return;
        var tagged = owner.Fields.Where(field => field.Tagged is not null).OrderBy(field => field.Tag).ToList();
        if (tagged.Count == 0)
        {
            code.Line("m.UnknownTaggedFields = r.ReadUnknownTags();");
            return;
        }

        code.Open("for (var tags = r.ReadTagCount(); tags > 0; tags--)");
        code.Open("switch (r.BeginTag(out var end))");
        var flexible = owner.Versions.Clip(new VersionRange(since, VersionRange.Unbounded));
        foreach (var field in tagged)
        {
            var condition = Condition.Of(field.Tagged, flexible);
            code.Open($"case {field.Tag}{(condition == Condition.Always ? "" : $" when {condition}")}:");
            EmitField(field, tagged: true);
            code.Line("break;").Close();
        }

        code.Line("case var tag: m.UnknownTaggedFields = r.KeepTag(m.UnknownTaggedFields, tag, end); break;").Close();
        code.Line("r.EndTag(end);").Close();
    }

    private void EmitField(FieldSchema field, bool tagged = false)
    {
        var its = new FieldCode(field);
        var nullable = Condition.Of(field.Nullable, field.Versions);
        var argument = nullable == Condition.Never ? "" : nullable;
        var target = "m." + its.Storage;
        if (field.IsList)
        {
            EmitList(field, its, argument);
        }
        else if (field.Struct is { } nested)
        {
            var absent = tagged ? "r.ReadUnsignedVarint() == 0" : "r.ReadInt8() < 0";
            var isNull = nullable switch
            {
                Condition.Never => "",
                Condition.Always => $"{absent} ? null : ",
                _ => $"{nullable} && {absent} ? null : ",
            };
            code.Line($"{target} = {isNull}{message.Name}.{nested.Name}.Read(ref r, version);");
        }
        else
        {
            var method = field.TypeName switch
            {
                "string" when field.Classic => nullable == Condition.Never ? "ClassicString" : "NullableClassicString",
                "string" or "bytes" when nullable != Condition.Never => "Nullable" + its.ElementMethod,
                _ => its.ElementMethod,
            };
            if (nullable is not (Condition.Never or Condition.Always) && field.TypeName != "records")
            {
                code.Line($"{target} = {nullable} ? r.Read{method}() : r.Read{method.Substring("Nullable".Length)}();");
            }
            else
            {
                code.Line($"{target} = r.Read{method}({(field.TypeName == "records" ? argument : "")});");
            }
        }
    }

    private void EmitList(FieldSchema field, FieldCode its, string nullable)
    {
        var target = "m." + its.Storage;
        code.Open();
        var size = field.Struct is null ? ElementSize(field) : FieldCode.MinimalSize(field.Struct, IsEverCompact, IsAlwaysFlexible(field.Struct));
        code.Line($"var n = r.ReadCount({System.Math.Max(1, size)}, {its.ElementHeapSize}{(nullable.Length > 0 ? $", {nullable}" : "")});");
        if (its.HasNullFlag) code.Line($"m.{its.NullFlag} = n < 0;");
        if (field.Struct is null)
        {
            code.Line($"{target} = r.Read{its.ElementMethod}Items(n);");
        }
        else
        {
            code.Open("if (n > 0)");
            code.Line($"var items = {target} = new(WireReader.Capacity(n));");
            code.Line($"while (--n >= 0) items.Add({message.Name}.{field.TypeName}.Read(ref r, version));").Close();
        }

        code.Close();
    }

    private bool IsEverCompact => message.FlexibleSince is not null;

    private bool IsAlwaysFlexible(StructSchema owner) => message.FlexibleSince is { } since && since <= owner.Versions.Lowest;

    private int ElementSize(FieldSchema field)
    {
        var primitive = Primitive.Find(field.TypeName)!;
        return primitive.Size > 0 ? primitive.Size : IsEverCompact ? 1 : field.TypeName == "string" ? 2 : 4;
    }
}

/// <summary>Where a field travels among the plain ones.</summary>
internal static class Untagged
{
    public static string Condition(FieldSchema field, StructSchema owner)
    {
        var versions = field.Versions;
        if (field.Tagged is { } tagged)
        {
            if (tagged.Lowest <= versions.Lowest) return Emit.Condition.Never;
            versions = new VersionRange(versions.Lowest, tagged.Lowest - 1);
        }

        return Emit.Condition.Of(versions, owner.Versions);
    }
}
