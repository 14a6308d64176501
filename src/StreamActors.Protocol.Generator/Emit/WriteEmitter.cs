using System.Collections.Generic;
using System.Linq;
using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator.Emit;

/// <summary>Emits the method that writes a struct; a value that the version has no place for is an error unless it is ignorable.</summary>
internal sealed class WriteEmitter(CodeWriter code, MessageSchema message)
{
    public void Emit(StructSchema owner)
    {
        var open = Condition.Always;
        var homeless = new List<FieldSchema>();
        foreach (var field in owner.Fields)
        {
            var condition = Untagged.Condition(field, owner);
            if (condition == Condition.Never) continue;
            if (condition != open)
            {
                CloseGroup(owner, open, homeless);
                if (condition != Condition.Always) code.Open($"if ({condition})");
                open = condition;
            }

            EmitField(field);
            if (condition != Condition.Always && !field.Ignorable && field.Tagged is null) homeless.Add(field);
        }

        CloseGroup(owner, open, homeless);
        EmitTags(owner);
    }

    private void CloseGroup(StructSchema owner, string open, List<FieldSchema> homeless)
    {
        if (open == Condition.Always) return;
        code.Close();
        if (homeless.Count == 0) return;
        code.Open("else");
        foreach (var field in homeless) code.Line(Refuse(owner, field));
        code.Close();
        homeless.Clear();
    }

    private string Refuse(StructSchema owner, FieldSchema field)
    {
        var name = owner == message.Root ? message.Name : $"{message.Name}.{owner.Name}";
        return $"if ({new FieldCode(field).IsSet()}) UnsupportedFieldException.Throw(\"{name}\", \"{field.Name}\", version);";
    }

    private void EmitTags(StructSchema owner)
    {
        if (message.FlexibleSince is not { } since || since > owner.Versions.Highest) return;
        var tagged = owner.Fields.Where(field => field.Tagged is not null).OrderBy(field => field.Tag).ToList();
        if (tagged.Count == 0)
        {
            code.Line("w.WriteUnknownTags(UnknownTaggedFields);");
            return;
        }

        code.Line("var tags = w.BeginTags(UnknownTaggedFields);");
        foreach (var field in tagged)
        {
            var condition = Condition.Of(field.Tagged, owner.Versions);
            var set = new FieldCode(field).IsSet();
            code.Open(condition == Condition.Always ? $"if ({set})" : $"if ({condition} && {set})");
            code.Line($"w.BeginTag(ref tags, {field.Tag});");
            EmitField(field, absent: 0);
            code.Line("w.EndTag(ref tags);").Close();
            if (!field.Ignorable && field.Versions != owner.Versions)
            {
                code.Line($"else if (!({Condition.Of(field.Versions, owner.Versions)})) {{ {Refuse(owner, field)} }}");
            }
        }

        code.Line("w.EndTags(ref tags);");
    }

    /// <param name="absent">The byte that stands for a struct that is null; 1 stands for one that is there.</param>
    private void EmitField(FieldSchema field, int absent = -1)
    {
        var its = new FieldCode(field);
        var nullable = Condition.Of(field.Nullable, field.Versions);
        if (field.IsList)
        {
            var count = its.HasNullFlag ? $"{its.NullFlag} ? -1 : {its.Storage}?.Count ?? 0" : $"{its.Storage}?.Count ?? 0";
            code.Line($"w.WriteCount({count}{(nullable == Condition.Never ? "" : $", {nullable}")});");
            code.Line(field.Struct is null
                ? $"w.Write{its.ElementMethod}Items({its.Storage});"
                : $"foreach (var item in WireWriter.Items({its.Storage})) item.Write(w, version);");
        }
        else if (field.Struct is not null)
        {
            EmitStruct(its, nullable, absent);
        }
        else
        {
            var method = field.TypeName switch
            {
                "string" when field.Classic => "ClassicString",
                _ => its.ElementMethod,
            };
            code.Line($"w.Write{method}({its.Name}{(nullable == Condition.Never ? "" : $", {nullable}")});");
        }
    }

    private void EmitStruct(FieldCode its, string nullable, int absent)
    {
        switch (nullable)
        {
            case Condition.Never when its.IsLazy:
                code.Line($"{its.Name}.Write(w, version);");
                break;
            case Condition.Always:
                code.Line($"w.WriteInt8((sbyte)({its.Name} is null ? {absent} : 1));").Line($"{its.Name}?.Write(w, version);");
                break;
            default:
                code.Line($"if ({nullable}) w.WriteInt8((sbyte)({its.Name} is null ? {absent} : 1));");
                code.Line($"else if ({its.Name} is null) WireWriter.ThrowNull();").Line($"{its.Name}?.Write(w, version);");
                break;
        }
    }
}
