using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamActors.Configuration.Hocon;

/// <summary>A value without substitutions: an object, an array or a scalar. Immutable.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconOrigin origin, int depth)
    {
        Origin = origin;
        Depth = depth;
        if (depth > HoconLimits.Depth)
            throw new HoconException(origin, $"values are nested deeper than {HoconLimits.Depth} levels");
    }

    public HoconOrigin Origin { get; }

    internal int Depth { get; }

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>Text, a number, a boolean or null. Numbers keep the text in which they were written.</summary>
public sealed class HoconScalar(HoconOrigin origin, string text, bool isQuoted) : HoconValue(origin, 1)
{
    public string Text { get; } = text;

    /// <summary>Written in quotes, or put together from several pieces: always a string.</summary>
    public bool IsQuoted { get; } = isQuoted;

    public bool IsNull => !IsQuoted && Text == "null";

    public bool IsBoolean => !IsQuoted && Text is "true" or "false";

    /// <summary>A number as JSON writes it.</summary>
    public bool IsNumber =>
        !IsQuoted && Text.Length > 0 && (char.IsAsciiDigit(Text[0]) || (Text[0] == '-' && Text.Length > 1 && char.IsAsciiDigit(Text[1])))
        && !Text.EndsWith('.') && double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);

    public override string Kind => IsNull ? "null" : IsBoolean ? "a boolean" : IsNumber ? "a number" : "text";

    public override string ToString() => Text;
}

public sealed class HoconArray(HoconOrigin origin, ImmutableArray<HoconValue> items)
    : HoconValue(origin, 1 + items.Select(item => item.Depth).DefaultIfEmpty().Max())
{
    public ImmutableArray<HoconValue> Items { get; } = items;

    public override string Kind => "an array";
}

/// <summary>Fields in the order in which their names first came.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly Dictionary<string, HoconValue> _fields;

    public HoconObject(HoconOrigin origin, IEnumerable<KeyValuePair<string, HoconValue>> fields)
        : this(origin, new Dictionary<string, HoconValue>(fields, StringComparer.Ordinal))
    {
    }

    private HoconObject(HoconOrigin origin, Dictionary<string, HoconValue> fields)
        : base(origin, 1 + fields.Values.Select(value => value.Depth).DefaultIfEmpty().Max()) => _fields = fields;

    public IReadOnlyCollection<KeyValuePair<string, HoconValue>> Fields => _fields;

    public override string Kind => "an object";

    public bool TryGet(string key, [NotNullWhen(true)] out HoconValue? value) => _fields.TryGetValue(key, out value);

    /// <summary>The value at a path of keys.</summary>
    public bool TryGet(IEnumerable<string> path, [NotNullWhen(true)] out HoconValue? value)
    {
        value = this;
        foreach (var key in path)
        {
            if (value is not HoconObject parent || !parent.TryGet(key, out value))
            {
                value = null;
                return false;
            }
        }

        return true;
    }
}
