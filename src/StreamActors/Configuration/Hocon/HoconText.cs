using System.Globalization;

namespace StreamActors.Configuration.Hocon;

/// <summary>A text and a place in it.</summary>
internal sealed class HoconText(string source, string text)
{
    private int _position;
    private int _line = 1;
    private int _lineStart;

    public string Source { get; } = source;

    public bool AtEnd => _position >= text.Length;

    /// <summary>The character here; NUL at the end, where <see cref="AtEnd"/> must be asked first by those to whom it matters.</summary>
    public char Peek => _position < text.Length ? text[_position] : '\0';

    public HoconOrigin Here => new(Source, _line, _position - _lineStart + 1);

    /// <summary>What is here, for messages.</summary>
    public string Found => AtEnd ? "the end of the text" : Peek == '\n' ? "the end of the line" : $"'{Peek}'";

    public bool StartsWith(string expected) => string.CompareOrdinal(text, _position, expected, 0, expected.Length) == 0;

    public char Next()
    {
        var c = text[_position++];
        if (c == '\n')
        {
            _line++;
            _lineStart = _position;
        }

        return c;
    }

    public void Skip(int count)
    {
        for (; count > 0; count--)
            Next();
    }

    public bool TryTake(char expected)
    {
        if (AtEnd || Peek != expected)
            return false;
        Next();
        return true;
    }

    /// <summary>Takes the blanks of this line.</summary>
    public string TakeBlanks()
    {
        var start = _position;
        while (!AtEnd && Peek != '\n' && IsBlank(Peek))
            _position++;
        return text[start.._position];
    }

    /// <summary>Passes blanks, line ends and comments; says whether there was a line end.</summary>
    public bool SkipLines()
    {
        var line = _line;
        while (!AtEnd)
        {
            if (IsBlank(Peek))
                Next();
            else if (AtComment)
                SkipComment();
            else
                break;
        }

        return _line != line;
    }

    public bool AtComment => !AtEnd && (Peek == '#' || StartsWith("//"));

    public HoconException Expected(string what) => new(Here, $"expected {what}, found {Found}");

    public static bool IsBlank(char c) =>
        c is ' ' or '\t' or '\n' or '\r' or '\v' or '\f' or '\uFEFF' or (>= '\u001C' and <= '\u001F')
        || (c >= '\u0080' && char.GetUnicodeCategory(c) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>Whether the character ends text without quotes.</summary>
    public bool EndsUnquoted => AtEnd || IsBlank(Peek) || AtComment || "$\"{}[]:=,+#`^?!@*&\\".Contains(Peek, StringComparison.Ordinal);

    private void SkipComment()
    {
        while (!AtEnd && Peek != '\n')
            _position++;
    }
}
