using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace StreamActors.Protocol.Generator.Schema;

/// <summary>Reads a schema file. The grammar is in docs/design/protocol.md; what the lines mean together, <see cref="SchemaChecker"/> judges.</summary>
internal sealed class SchemaParser
{
    private readonly List<SchemaFault> faults;
    private readonly List<Line> lines;
    private int next;

    private SchemaParser(string text, List<SchemaFault> faults)
    {
        this.faults = faults;
        lines = Line.Split(text, faults);
    }

    /// <summary>The schema, or null and at least one fault.</summary>
    public static SchemaFile? Parse(string text, List<SchemaFault> faults)
    {
        var file = new SchemaParser(text, faults).ReadFile();
        if (faults.Count == 0 && file is not null) SchemaChecker.Check(file, faults);
        return faults.Count == 0 ? file : null;
    }

    private SchemaFile? ReadFile()
    {
        if (lines.Count == 0)
        {
            faults.Add(new SchemaFault(FaultKind.Syntax, "The file is empty; it begins with 'api', 'record' or 'message'", new Place(0, 0, 0, 0)));
            return null;
        }

        var head = new Words(lines[next++], this);
        var file = new SchemaFile { Place = head.Place };
        switch (head.Take())
        {
            case "api":
                file.Kind = SchemaKind.Api;
                file.Number = head.TakeNumber("the API's number");
                file.Name = head.TakeName("the API's name");
                var both = new MessageSchema(file.Name, Role.Plain, head.Place);
                ReadAttributes(head, file, both);
                ReadSection(file, "request", Role.Request, both);
                ReadSection(file, "response", Role.Response, both);
                break;
            case "record":
                file.Kind = SchemaKind.Record;
                file.Number = head.TakeNumber("the record's number");
                file.Name = head.TakeName("the record's name");
                ReadAttributes(head, file, message: null);
                ReadSection(file, "key", Role.Key, like: null);
                ReadSection(file, "value", Role.Value, like: null);
                break;
            case "message":
                file.Kind = SchemaKind.Message;
                file.Name = head.TakeName("the message's name");
                var message = new MessageSchema(file.Name, Role.Plain, head.Place);
                ReadAttributes(head, file, message);
                ReadBody(message);
                file.Messages.Add(message);
                break;
            default:
                Fault(FaultKind.Syntax, "A file begins with 'api', 'record' or 'message'", head.Last);
                return null;
        }

        if (next < lines.Count) Fault(FaultKind.Syntax, $"Nothing is expected here any more, but there is '{lines[next].Tokens[0].Text}'", lines[next].Place);
        if (file.Kind == SchemaKind.Record && file.Log is null) Fault(FaultKind.Syntax, "A record says 'of' which log it is", file.Place);
        return file;
    }

    private void ReadSection(SchemaFile file, string word, Role role, MessageSchema? like)
    {
        if (next >= lines.Count || lines[next].Indent != 0 || lines[next].Tokens[0].Text != word)
        {
            var place = next < lines.Count ? lines[next].Place : lines[lines.Count - 1].Place;
            Fault(FaultKind.Syntax, $"Expected the section '{word}'", place);
            return;
        }

        var head = new Words(lines[next++], this);
        head.Take();
        var message = new MessageSchema(file.Name + char.ToUpperInvariant(word[0]) + word.Substring(1), role, head.Place);
        if (like is not null)
        {
            message.Versions = like.Versions;
            message.FlexibleSince = like.FlexibleSince;
            message.UnstableSince = like.UnstableSince;
            head.End();
        }
        else
        {
            ReadAttributes(head, file: null, message);
        }

        ReadBody(message);
        file.Messages.Add(message);
    }

    private void ReadAttributes(Words words, SchemaFile? file, MessageSchema? message)
    {
        while (words.More)
        {
            switch (words.Take())
            {
                case "versions" when message is not null:
                    message.Versions = words.TakeVersions();
                    if (message.Versions.Highest == VersionRange.Unbounded) Fault(FaultKind.Versions, "A message's versions have an end", words.Last);
                    break;
                case "flexible" when message is not null:
                    message.FlexibleSince = words.TakeOpenVersions();
                    break;
                case "unstable" when message is not null:
                    message.UnstableSince = words.TakeVersions().Lowest;
                    break;
                case "on" when file is { Kind: SchemaKind.Api }:
                    file.Listeners.AddRange(words.TakeList());
                    break;
                case "of" when file is { Kind: SchemaKind.Record }:
                    file.Log = words.TakeName("a log's name");
                    break;
                case "of" when file is { Kind: SchemaKind.Message }:
                    file.Log = words.TakeName("a log's name");
                    file.Number = words.TakeNumber("the record's number");
                    break;
                case var other:
                    Fault(FaultKind.Syntax, $"'{other}' is not expected here", words.Last);
                    return;
            }
        }

        if (message is { Versions: { Lowest: 0, Highest: 0 } } && !words.Saw("versions")) Fault(FaultKind.Versions, "'versions' is missing", words.Place);
        if (file is { Kind: SchemaKind.Api, Listeners.Count: 0 }) file.Listeners.Add("broker");
    }

    private void ReadBody(MessageSchema message)
    {
        message.Root = new StructSchema(message.Name, message.Place) { Versions = message.Versions };
        if (next < lines.Count && lines[next].Indent > 0) ReadFields(message, message.Root, lines[next].Indent);
    }

    private void ReadFields(MessageSchema message, StructSchema owner, int indent)
    {
        while (next < lines.Count && lines[next].Indent >= indent)
        {
            var line = lines[next];
            if (line.Indent > indent)
            {
                Fault(FaultKind.Indentation, "Indented deeper than its neighbours, but the line above cannot have fields", line.Place);
                next++;
                continue;
            }

            next++;
            var words = new Words(line, this);
            if (line.Tokens[0].Text == "struct" && owner == message.Root) ReadShared(message, words, indent);
            else ReadField(message, owner, words, indent);
        }

        if (next < lines.Count && lines[next].Indent > 0 && owner == message.Root)
        {
            Fault(FaultKind.Indentation, "The indentation fits no line above", lines[next].Place);
            next = lines.Count;
        }
    }

    private void ReadShared(MessageSchema message, Words words, int indent)
    {
        words.Take();
        var shared = new StructSchema(words.TakeName("the struct's name"), words.Last) { IsShared = true, Versions = message.Versions };
        if (words.More) shared.Versions = words.TakeVersions();
        words.End();
        message.Structs.Add(shared);
        ReadNested(message, shared, indent);
    }

    private void ReadField(MessageSchema message, StructSchema owner, Words words, int indent)
    {
        var field = new FieldSchema(words.TakeName("the field's name"), words.Last);
        if (!words.More)
        {
            Fault(FaultKind.Syntax, $"The field '{field.Name}' has no type", words.Last);
            return;
        }

        ReadType(field, words);
        while (words.More) ReadModifier(field, words);
        owner.Fields.Add(field);
        if (Primitive.Find(field.TypeName) is not null || next >= lines.Count || lines[next].Indent <= indent) return;
        var nested = new StructSchema(field.TypeName, field.TypePlace);
        message.Structs.Add(nested);
        field.Struct = nested;
        ReadNested(message, nested, indent);
    }

    private void ReadNested(MessageSchema message, StructSchema nested, int indent)
    {
        if (next < lines.Count && lines[next].Indent > indent) ReadFields(message, nested, lines[next].Indent);
    }

    private static void ReadType(FieldSchema field, Words words)
    {
        var text = words.Take();
        field.TypePlace = words.Last;
        if (text.StartsWith("[]", System.StringComparison.Ordinal))
        {
            field.IsList = true;
            text = text.Substring(2);
        }

        if (text.EndsWith("?", System.StringComparison.Ordinal))
        {
            field.NullableEverywhere = true;
            text = text.Substring(0, text.Length - 1);
        }

        field.TypeName = text;
    }

    private void ReadModifier(FieldSchema field, Words words)
    {
        var word = words.Take();
        switch (word)
        {
            case "tag":
                field.Tag = words.TakeNumber("the tag");
                break;
            case "tagged":
                field.Tagged = words.TakeVersions();
                break;
            case "nullable":
                field.Nullable = words.TakeVersions();
                break;
            case "=":
                field.Default = words.Take();
                field.DefaultIsQuoted = words.LastWasQuoted;
                break;
            case "by":
                field.Keys.AddRange(words.TakeList());
                break;
            case "ignorable":
                field.Ignorable = true;
                break;
            case "classic":
                field.Classic = true;
                break;
            case "topic" or "group" or "broker" or "producer" or "transaction":
                field.Entity = word;
                break;
            default:
                if (word.Length > 0 && char.IsDigit(word[0]) && VersionRange.TryParse(word, out var versions)) field.Declared = versions;
                else Fault(FaultKind.Syntax, $"'{word}' says nothing about a field", words.Last);
                break;
        }
    }

    private void Fault(FaultKind kind, string message, Place place) => faults.Add(new SchemaFault(kind, message, place));

    /// <summary>The words of one line, taken from left to right.</summary>
    private sealed class Words(Line line, SchemaParser parser)
    {
        private int at;

        public Place Place => line.Place;

        public Place Last => line.Tokens[at == 0 ? 0 : at - 1].Place;

        public bool LastWasQuoted => at > 0 && line.Tokens[at - 1].IsQuoted;

        public bool More => at < line.Tokens.Count;

        public bool Saw(string word) => line.Tokens.Any(token => token.Text == word);

        public string Take() => Take("a word");

        public void End()
        {
            if (More) parser.Fault(FaultKind.Syntax, $"'{line.Tokens[at].Text}' is not expected here", line.Tokens[at].Place);
        }

        public int TakeNumber(string what)
        {
            var text = Take(what);
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
            parser.Fault(FaultKind.Syntax, $"Expected {what}, a number, but there is '{text}'", Last);
            return 0;
        }

        public string TakeName(string what)
        {
            var text = Take(what);
            if (text.Length == 0 || !char.IsLetter(text[0]) || !text.All(char.IsLetterOrDigit))
            {
                parser.Fault(FaultKind.Name, $"Expected {what}, of letters and digits, but there is '{text}'", Last);
            }

            return text;
        }

        public VersionRange TakeVersions()
        {
            var text = Take("versions");
            if (VersionRange.TryParse(text, out var range)) return range;
            parser.Fault(FaultKind.Versions, $"Expected versions such as 2, 2+ or 2-5, but there is '{text}'", Last);
            return new VersionRange(0, 0);
        }

        public int TakeOpenVersions()
        {
            var range = TakeVersions();
            if (range.Highest != VersionRange.Unbounded) parser.Fault(FaultKind.Versions, "Once flexible, always flexible: write it as 2+", Last);
            return range.Lowest;
        }

        public IEnumerable<string> TakeList() => Take("names").Split(',');

        private string Take(string what)
        {
            if (More) return line.Tokens[at++].Text;
            parser.Fault(FaultKind.Syntax, $"Expected {what} at the end of the line", Last);
            return "";
        }
    }
}
