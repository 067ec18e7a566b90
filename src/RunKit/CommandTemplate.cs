using System.Text;

namespace RunKit;

/// <summary>A command with named places to fill, such as <c>python train.py --out {out}</c>. It is split into arguments before they are filled, and no shell is involved: a value is never more than a part of one argument.</summary>
public sealed class CommandTemplate
{
    private readonly IReadOnlyList<IReadOnlyList<(string Text, bool IsPlace)>> _arguments;

    /// <summary>Creates a template of arguments that are split already.</summary>
    /// <param name="arguments">The program, then its arguments: <c>{name}</c> is a place, <c>{{</c> and <c>}}</c> are braces.</param>
    /// <exception cref="FormatException">There is no program, or a brace without its partner.</exception>
    public CommandTemplate(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        if (arguments.Count == 0 || string.IsNullOrWhiteSpace(arguments[0]))
        {
            throw new FormatException("A command begins with the program to start; this one is empty.");
        }

        _arguments = [.. arguments.Select(Parts)];
        Places = new SortedSet<string>(_arguments.SelectMany(argument => argument).Where(part => part.IsPlace).Select(part => part.Text), StringComparer.Ordinal);
    }

    /// <summary>Gets the names of the places.</summary>
    public IReadOnlySet<string> Places { get; }

    /// <summary>Splits a command at white space. Quotes, single or double, keep an argument together; within them the other kind stands for itself, and so does a backslash anywhere.</summary>
    /// <param name="command">The command.</param>
    /// <exception cref="FormatException">There is no program, or a quote or brace without its partner.</exception>
    public static CommandTemplate Parse(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        List<string> arguments = [];
        StringBuilder argument = new();
        bool isOpen = false;
        char quote = '\0';
        foreach (char c in command)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    argument.Append(c);
                }
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                isOpen = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                argument.Append(c);
                isOpen = true;
            }
            else if (isOpen)
            {
                arguments.Add(argument.ToString());
                argument.Clear();
                isOpen = false;
            }
        }

        if (quote != '\0')
        {
            throw new FormatException($"The command has a {quote} without its partner: {command}");
        }

        if (isOpen)
        {
            arguments.Add(argument.ToString());
        }

        return new CommandTemplate(arguments);
    }

    /// <summary>Fills the places.</summary>
    /// <param name="values">A value for each place; there may be others.</param>
    /// <returns>The program, then its arguments.</returns>
    /// <exception cref="ArgumentException">A place has no value.</exception>
    public IReadOnlyList<string> Fill(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (string place in Places)
        {
            if (!values.ContainsKey(place))
            {
                throw new ArgumentException(
                    $"The command has a place {{{place}}}; there are values for {string.Join(", ", values.Keys.Order(StringComparer.Ordinal).Select(name => $"{{{name}}}"))}.", nameof(values));
            }
        }

        return [.. _arguments.Select(argument => string.Concat(argument.Select(part => part.IsPlace ? values[part.Text] : part.Text)))];
    }

    private static List<(string Text, bool IsPlace)> Parts(string argument)
    {
        List<(string Text, bool IsPlace)> parts = [];
        StringBuilder text = new();
        for (int i = 0; i < argument.Length; i++)
        {
            char c = argument[i];
            bool isDoubled = i + 1 < argument.Length && argument[i + 1] == c;
            if (c is not ('{' or '}'))
            {
                text.Append(c);
            }
            else if (isDoubled)
            {
                text.Append(c);
                i++;
            }
            else
            {
                int end = c == '{' ? argument.IndexOf('}', i) : -1;
                string name = end < 0 ? string.Empty : argument[(i + 1)..end];
                if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
                {
                    throw new FormatException($"Argument '{argument}' has a brace that is no place: places are {{name}}, braces are doubled.");
                }

                parts.Add((text.ToString(), false));
                parts.Add((name, true));
                text.Clear();
                i = end;
            }
        }

        parts.Add((text.ToString(), false));
        return parts;
    }
}
