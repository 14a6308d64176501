using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>Reads settings by path and type. What is not valid becomes a problem, and the reading goes on, so that all of them are told at once.</summary>
internal sealed class SettingsReader(HoconObject root, List<string> problems)
{
    /// <summary>Timers take no more than 49 days.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(24);

    public HoconObject Root => root;

    public List<string> Problems => problems;

    public string? TextOrNull(string path) => Scalar(path)?.Text;

    public string Text(string path)
    {
        var text = TextOrNull(path);
        if (string.IsNullOrEmpty(text))
            Refuse(path, "text");
        return text ?? "";
    }

    public bool Boolean(string path)
    {
        switch (TextOrNull(path))
        {
            case "true" or "yes" or "on":
                return true;
            case "false" or "no" or "off":
                return false;
            default:
                Refuse(path, "true or false");
                return false;
        }
    }

    public int Integer(string path, int min, int max) => IntegerOrNull(path, min, max) ?? Refused(path, $"a whole number from {min} to {max}", min);

    public int? IntegerOrNull(string path, int min, int max)
    {
        if (TextOrNull(path) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        return Refused(path, $"a whole number from {min} to {max}", min);
    }

    public TimeSpan Duration(string path, TimeSpan min)
    {
        if (TextOrNull(path) is { } text && HoconUnits.TryDuration(text, out var duration) && duration >= min && duration <= MaxDuration)
            return duration;
        return Refused(path, HoconUnits.Durations + ", at most 24d" + (min > TimeSpan.Zero ? $" and at least {min.TotalMilliseconds}ms" : ""), min);
    }

    public long Size(string path, long min, long max)
    {
        if (TextOrNull(path) is { } text && HoconUnits.TrySize(text, out var bytes) && bytes >= min && bytes <= max)
            return bytes;
        return Refused(path, HoconUnits.Sizes + (max == long.MaxValue ? $", at least {min}" : $", from {min} to {max}"), min);
    }

    /// <summary>An array of texts, or one text with commas.</summary>
    public ImmutableArray<string> Words(string path)
    {
        var value = Find(path);
        if (value is HoconArray array && array.Items.All(item => item is HoconScalar))
            return [.. array.Items.Select(item => ((HoconScalar)item).Text)];
        if (value is HoconScalar scalar)
            return scalar.IsNull ? [] : [.. scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        Refuse(path, "a list of texts");
        return [];
    }

    /// <summary>Where a setting was given; where it would be, if it was not.</summary>
    public string Place(string path) => Find(path)?.Origin.ToString() ?? path;

    public void Refuse(string path, string valid)
    {
        var value = Find(path);
        var given = value is HoconScalar { IsNull: false } scalar ? $"'{scalar.Text}'" : value?.Kind ?? "nothing";
        problems.Add($"{Place(path)}: {path} must be {valid}, but is {given}");
    }

    private T Refused<T>(string path, string valid, T instead)
    {
        Refuse(path, valid);
        return instead;
    }

    private HoconScalar? Scalar(string path)
    {
        var value = Find(path);
        if (value is HoconScalar or null)
            return value is HoconScalar { IsNull: false } scalar ? scalar : null;
        Refuse(path, "a single value");
        return null;
    }

    private HoconValue? Find(string path)
    {
        if (path.StartsWith(KafkaSettings.PathText + ".", StringComparison.Ordinal))
            return root.TryGet([.. KafkaSettings.Path, path[(KafkaSettings.PathText.Length + 1)..]], out var kafka) ? kafka : null;
        return root.TryGet(path.Split('.'), out var value) ? value : null;
    }
}
