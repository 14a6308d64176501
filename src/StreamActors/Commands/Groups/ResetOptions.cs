using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>Partitions that a reset is about: all of a topic where no partitions are named.</summary>
internal sealed record ResetScope(string Topic, IReadOnlyList<int>? Partitions)
{
    /// <summary><c>TOPIC</c> or <c>TOPIC:0,2</c>. A topic's name has no colon in it.</summary>
    public static ResetScope? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0) return text.Length == 0 ? null : new ResetScope(text, null);
        var partitions = new List<int>();
        foreach (var part in text[(colon + 1)..].Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var partition)) return null;
            partitions.Add(partition);
        }

        return colon == 0 ? null : new ResetScope(text[..colon], partitions);
    }
}

/// <summary>The options of a reset that say where to, and which partitions.</summary>
internal sealed class ResetOptions
{
    private readonly Option<string[]> _topics = new("--topic")
    {
        Description = "A topic, or some partitions of it; may be repeated.",
        HelpName = "TOPIC[:P,P]",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _allTopics = new("--all-topics") { Description = "All partitions that the group has committed offsets of." };
    private readonly Option<bool> _earliest = new("--to-earliest") { Description = "To the first record." };
    private readonly Option<bool> _latest = new("--to-latest") { Description = "To the end." };
    private readonly Option<bool> _current = new("--to-current") { Description = "Where they are; to the end where there are none." };
    private readonly Option<long?> _offset = new("--to-offset") { Description = "To this offset.", HelpName = "N" };
    private readonly Option<long?> _shift = new("--shift-by") { Description = "Forward by so many records; back where it is negative.", HelpName = "N" };
    private readonly Option<long?> _timestamp = new("--to-timestamp") { Description = "To the first record of this time or later, in milliseconds since 1970.", HelpName = "MS" };
    private readonly Option<string?> _datetime = new("--to-datetime") { Description = "The same, as 2026-11-26T12:00:00.000, in UTC unless it ends in an offset such as +08:00.", HelpName = "TIME" };
    private readonly Option<string?> _duration = new("--by-duration") { Description = "To the first record that is not older than this: PT1H30M, 1h30m, 7d.", HelpName = "DURATION" };
    private readonly Option[] _targets;

    public ResetOptions()
    {
        _targets = [_earliest, _latest, _current, _offset, _shift, _timestamp, _datetime, _duration];
        _topics.Check(texts => texts.Select(text => ResetScope.Parse(text) is null ? $"--topic must be TOPIC or TOPIC:P,P, not '{text}'" : null));
        _offset.Check(number => [number < 0 ? "--to-offset must be at least 0" : null]);
        _timestamp.Check(number => [number < 0 ? "--to-timestamp must be at least 0" : null]);
        _datetime.Check(text => [text is null || ResetTarget.TryParseTime(text, out _) ? null : $"--to-datetime must be a time such as 2026-11-26T12:00:00.000, not '{text}'"]);
        _duration.Check(text => [text is null || Ages.TryParse(text, out _) ? null : $"--by-duration must be a duration such as PT1H30M or 1h30m, not '{text}'"]);
    }

    public void AddTo(Command command)
    {
        command.Add(_topics);
        command.Add(_allTopics);
        foreach (var target in _targets) command.Add(target);
    }

    /// <summary>What is wrong with the options together; null for nothing.</summary>
    public string? Fault(CommandResult result, bool undoes)
    {
        var targets = _targets.Where(IsGiven).Select(option => option.Name).ToList();
        var (topics, all) = (IsGiven(_topics), IsGiven(_allTopics));
        if (undoes) return targets.Count > 0 || topics || all ? "--undo takes back a whole reset: it goes with no other place and no topics" : null;
        if (targets.Count != 1) return targets.Count == 0 ? $"where to? One of {string.Join(", ", _targets.Select(option => option.Name))}, or --undo" : $"{string.Join(" and ", targets)} exclude each other";
        return topics == all ? topics ? "--topic and --all-topics exclude each other" : "which partitions? --topic, or --all-topics" : null;

        bool IsGiven(Option option) => result.GetResult(option) is { Implicit: false };
    }

    /// <summary>Null is all that the group has committed offsets of.</summary>
    public IReadOnlyList<ResetScope>? Scope(ParseResult arguments) =>
        arguments.GetValue(_allTopics) ? null : [.. arguments.GetValue(_topics)!.Select(text => ResetScope.Parse(text)!)];

    public ResetTarget? Target(ParseResult arguments)
    {
        if (arguments.GetValue(_earliest)) return new ResetTarget.Earliest();
        if (arguments.GetValue(_latest)) return new ResetTarget.Latest();
        if (arguments.GetValue(_current)) return new ResetTarget.Current();
        if (arguments.GetValue(_offset) is { } offset) return new ResetTarget.At(offset);
        if (arguments.GetValue(_shift) is { } records) return new ResetTarget.ShiftBy(records);
        if (arguments.GetValue(_timestamp) is { } ms) return new ResetTarget.AtTime(new TimestampMs(ms));
        if (arguments.GetValue(_datetime) is { } text && ResetTarget.TryParseTime(text, out var time)) return new ResetTarget.AtTime(time);
        if (arguments.GetValue(_duration) is { } length && Ages.TryParse(length, out var back))
            return new ResetTarget.AtTime(new TimestampMs(Math.Max(0, TimestampMs.Of(TimeProvider.System.GetUtcNow()).Value - (long)back.TotalMilliseconds)));
        return null;
    }
}
