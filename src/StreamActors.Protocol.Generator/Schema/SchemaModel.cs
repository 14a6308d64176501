using System.Collections.Generic;

namespace StreamActors.Protocol.Generator.Schema;

internal enum SchemaKind
{
    /// <summary>An API: a request and its response.</summary>
    Api,

    /// <summary>A record of an internal topic: a key and a value.</summary>
    Record,

    /// <summary>A message that stands alone, perhaps a record of a log that has no keys.</summary>
    Message,
}

/// <summary>One <c>.api</c> file.</summary>
internal sealed class SchemaFile
{
    public SchemaKind Kind { get; set; }

    public string Name { get; set; } = "";

    /// <summary>The API's or record's number; null where there is none.</summary>
    public int? Number { get; set; }

    /// <summary>The log that a record belongs to; null where it is none.</summary>
    public string? Log { get; set; }

    /// <summary>Where an API is offered: <c>broker</c>, <c>controller</c>.</summary>
    public List<string> Listeners { get; } = new();

    public List<MessageSchema> Messages { get; } = new();

    public Place Place { get; set; }
}

internal enum Role
{
    Request,
    Response,
    Key,
    Value,
    Plain,
}

internal sealed class MessageSchema(string name, Role role, Place place)
{
    public string Name { get; } = name;

    public Role Role { get; } = role;

    public Place Place { get; } = place;

    public VersionRange Versions { get; set; }

    /// <summary>The first version with compact lengths and tagged fields; null where none has them.</summary>
    public int? FlexibleSince { get; set; }

    /// <summary>The first version that is not offered yet; null where all are.</summary>
    public int? UnstableSince { get; set; }

    /// <summary>The fields of the message itself.</summary>
    public StructSchema Root { get; set; } = null!;

    /// <summary>All structs below, each once, in the order of the file.</summary>
    public List<StructSchema> Structs { get; } = new();

    public bool IsFlexibleIn(VersionRange versions) => FlexibleSince is { } since && since <= versions.Lowest;
}

internal sealed class StructSchema(string name, Place place)
{
    public string Name { get; } = name;

    public Place Place { get; } = place;

    /// <summary>Declared by a line of its own, so that several fields can have it.</summary>
    public bool IsShared { get; set; }

    public VersionRange Versions { get; set; }

    public List<FieldSchema> Fields { get; } = new();
}

internal sealed class FieldSchema(string name, Place place)
{
    public string Name { get; } = name;

    public Place Place { get; } = place;

    /// <summary>The type without <c>[]</c> and <c>?</c>: a primitive's name or a struct's.</summary>
    public string TypeName { get; set; } = "";

    public Place TypePlace { get; set; }

    public bool IsList { get; set; }

    /// <summary>The versions that the line gives; null where it gives none.</summary>
    public VersionRange? Declared { get; set; }

    public VersionRange Versions { get; set; }

    /// <summary>Where null may travel; null where it may not.</summary>
    public VersionRange? Nullable { get; set; }

    public bool NullableEverywhere { get; set; }

    public int? Tag { get; set; }

    /// <summary>Where the field is tagged; null where it never is.</summary>
    public VersionRange? Tagged { get; set; }

    /// <summary>The default as written, without quotes; null where the line gives none.</summary>
    public string? Default { get; set; }

    public bool DefaultIsQuoted { get; set; }

    public bool Ignorable { get; set; }

    /// <summary>Has its old form of length in flexible versions too.</summary>
    public bool Classic { get; set; }

    public List<string> Keys { get; } = new();

    /// <summary>What the value names: a topic, group, broker, producer or transaction.</summary>
    public string? Entity { get; set; }

    /// <summary>The struct of <see cref="TypeName"/>; null for a primitive.</summary>
    public StructSchema? Struct { get; set; }

    public bool DefaultsToNull => Default == "null" && !DefaultIsQuoted;
}
