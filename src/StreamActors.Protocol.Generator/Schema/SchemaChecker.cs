using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace StreamActors.Protocol.Generator.Schema;

/// <summary>Resolves the types and versions of a parsed schema and finds what contradicts itself.</summary>
internal sealed class SchemaChecker
{
    private readonly List<SchemaFault> faults;
    private readonly MessageSchema message;
    private readonly Dictionary<string, StructSchema> structs = new();
    private readonly HashSet<StructSchema> visited = new();

    private SchemaChecker(MessageSchema message, List<SchemaFault> faults)
    {
        this.message = message;
        this.faults = faults;
    }

    public static void Check(SchemaFile file, List<SchemaFault> faults)
    {
        foreach (var each in file.Messages) new SchemaChecker(each, faults).Check();
    }

    private void Check()
    {
        if (message.FlexibleSince is { } flexible && flexible > message.Versions.Highest)
        {
            Fault(FaultKind.Versions, $"'{message.Name}' is flexible from version {flexible} on, but ends with {message.Versions.Highest}", message.Place);
        }

        foreach (var each in message.Structs)
        {
            if (structs.ContainsKey(each.Name)) Fault(FaultKind.Name, $"'{message.Name}' has two structs '{each.Name}'", each.Place);
            else if (Primitive.Find(each.Name) is not null) Fault(FaultKind.Name, $"'{each.Name}' is a type of the wire, and cannot be a struct", each.Place);
            else structs.Add(each.Name, each);
        }

        CheckStruct(message.Root, message.Versions, new List<StructSchema>());
        foreach (var each in message.Structs.Where(each => !visited.Contains(each)))
        {
            Fault(FaultKind.Struct, $"No field is a '{each.Name}'", each.Place);
        }

        foreach (var field in message.Root.Fields.Where(field => structs.ContainsKey(field.Name)))
        {
            Fault(FaultKind.Struct, $"'{field.Name}' is a field of the message and a struct within it; name the struct otherwise", field.Place);
        }
    }

    private void CheckStruct(StructSchema owner, VersionRange outer, List<StructSchema> path)
    {
        if (path.Contains(owner))
        {
            Fault(FaultKind.Struct, $"'{owner.Name}' contains itself", owner.Place);
            return;
        }

        if (owner.IsShared && visited.Contains(owner)) return;
        owner.Versions = owner.IsShared ? owner.Versions.Clip(message.Versions) : outer;
        visited.Add(owner);
        path.Add(owner);
        if (owner.Fields.Count == 0 && owner != message.Root) Fault(FaultKind.Struct, $"The struct '{owner.Name}' has no fields", owner.Place);
        foreach (var field in owner.Fields)
        {
            if (owner.Fields.First(other => other.Name == field.Name) != field) Fault(FaultKind.Name, $"There are two fields '{field.Name}'", field.Place);
            if (field.Name == owner.Name) Fault(FaultKind.Struct, $"A field cannot be named as its struct, '{owner.Name}'", field.Place);
            CheckVersions(field, owner);
            CheckType(field, path);
            CheckNull(field);
            CheckTag(field, owner);
            CheckDefault(field);
            CheckKeys(field);
        }

        path.RemoveAt(path.Count - 1);
    }

    private void CheckVersions(FieldSchema field, StructSchema owner)
    {
        var declared = field.Declared ?? owner.Versions;
        field.Versions = declared.Clip(owner.Versions);
        if (!declared.Overlaps(owner.Versions)) Fault(FaultKind.Versions, $"'{field.Name}' is in {declared}, but its parent only in {owner.Versions}", field.Place);
        else if (declared.Highest != VersionRange.Unbounded && !message.Versions.Contains(declared))
        {
            Fault(FaultKind.Versions, $"'{field.Name}' is in {declared}, but the message only in {message.Versions}", field.Place);
        }
    }

    private void CheckType(FieldSchema field, List<StructSchema> path)
    {
        if (Primitive.Find(field.TypeName) is { } primitive)
        {
            if (field.IsList && primitive.Name is "records") Fault(FaultKind.UnknownType, "There are no lists of records", field.TypePlace);
            if (field.Classic && primitive.Name is not "string" || field.Classic && field.IsList) Fault(FaultKind.Syntax, "Only a string can be classic", field.Place);
            return;
        }

        if (!structs.TryGetValue(field.TypeName, out var found))
        {
            Fault(FaultKind.UnknownType, $"'{field.TypeName}' is neither a struct of '{message.Name}' nor one of {string.Join(", ", Primitive.Names)}", field.TypePlace);
            return;
        }

        field.Struct = found;
        if (found.IsShared && !found.Versions.Clip(message.Versions).Contains(field.Versions))
        {
            Fault(FaultKind.Versions, $"'{field.Name}' is in {field.Versions}, but '{found.Name}' only in {found.Versions}", field.Place);
        }

        CheckStruct(found, field.Versions, path);
    }

    private void CheckNull(FieldSchema field)
    {
        if (field.NullableEverywhere)
        {
            if (field.Nullable is not null) Fault(FaultKind.Null, "Either ? or 'nullable' with versions", field.Place);
            field.Nullable = field.Versions;
        }

        if (field.Nullable is not { } nullable) return;
        field.Nullable = nullable.Clip(field.Versions);
        if (!nullable.Overlaps(field.Versions)) Fault(FaultKind.Versions, $"'{field.Name}' is nullable in {nullable}, but exists in {field.Versions}", field.Place);
        if (!field.IsList && Primitive.Find(field.TypeName) is { CanBeNull: false }) Fault(FaultKind.Null, $"An {field.TypeName} cannot be null", field.TypePlace);
    }

    private void CheckTag(FieldSchema field, StructSchema owner)
    {
        if (field.Tag is not { } tag)
        {
            if (field.Tagged is not null) Fault(FaultKind.Tag, "'tagged' without a 'tag'", field.Place);
            return;
        }

        var tagged = (field.Tagged ?? field.Versions).Clip(field.Versions);
        field.Tagged = tagged;
        if (tagged.Lowest > tagged.Highest || tagged.Highest != field.Versions.Highest)
        {
            Fault(FaultKind.Tag, $"'{field.Name}' is tagged in {tagged}, which has to end with the field's own versions, {field.Versions}", field.Place);
        }

        if (!message.IsFlexibleIn(tagged)) Fault(FaultKind.Tag, $"'{field.Name}' has a tag in versions that are not flexible", field.Place);
        if (owner.Fields.First(other => other.Tag == tag) != field) Fault(FaultKind.Tag, $"The tag {tag} is given twice", field.Place);
    }

    private void CheckDefault(FieldSchema field)
    {
        if (field.Default is not { } text) return;
        if (field.DefaultsToNull)
        {
            if (field.Nullable is null) Fault(FaultKind.Null, $"'{field.Name}' is null by default but can never be null", field.Place);
            return;
        }

        var fits = !field.IsList && field.TypeName switch
        {
            "bool" => text is "true" or "false",
            "int8" => sbyte.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "int16" => short.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "uint16" => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "int32" => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "uint32" => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "int64" => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            "float64" => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            "string" => field.DefaultIsQuoted,
            _ => false,
        };
        if (!fits) Fault(FaultKind.Default, $"'{text}' is no {(field.IsList ? "[]" : "")}{field.TypeName}", field.Place);
    }

    private void CheckKeys(FieldSchema field)
    {
        foreach (var key in field.Keys)
        {
            if (!field.IsList || field.Struct is null) Fault(FaultKind.Key, "Only a list of structs has keys", field.Place);
            else if (field.Struct.Fields.All(other => other.Name != key)) Fault(FaultKind.Key, $"'{field.Struct.Name}' has no field '{key}'", field.Place);
        }
    }

    private void Fault(FaultKind kind, string text, Place place) => faults.Add(new SchemaFault(kind, text, place));
}
