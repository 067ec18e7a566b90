using System.Globalization;

namespace ModelRuntime.Tasks;

/// <summary>Addition: <c>add:37+48=</c> is <c>85</c>. Both operands and the sum have two digits.</summary>
public sealed class AddTask : StringTask
{
    private const int Least = 10;
    private const int Greatest = 99;
    private const int FirstCount = Greatest - Least - Least + 1;
    private const char Plus = '+';

    /// <inheritdoc />
    public override string Name => "add";

    /// <inheritdoc />
    public override int InputCount => FirstCount * (FirstCount + 1) / 2;

    /// <inheritdoc />
    public override string InputAt(int index)
    {
        // The first operand 10 has 80 partners, 11 has 79, and so on.
        int first = Least;
        int rest = index;
        for (int partners = FirstCount; rest >= partners; partners--)
        {
            rest -= partners;
            first++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{first}{Plus}{Least + rest}");
    }

    /// <inheritdoc />
    /// <exception cref="FormatException">The input is not two numbers with a plus between them.</exception>
    public override string Answer(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        int plus = input.IndexOf(Plus, StringComparison.Ordinal);
        return plus > 0
            && int.TryParse(input.AsSpan(0, plus), NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(input.AsSpan(plus + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int second)
            ? checked(first + second).ToString(CultureInfo.InvariantCulture)
            : throw new FormatException($"'{input}' is not a sum of two numbers, as in 37+48.");
    }

    /// <inheritdoc />
    public override string Echo(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Split(Plus)[0];
    }
}
