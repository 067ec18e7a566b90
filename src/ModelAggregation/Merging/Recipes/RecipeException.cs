using ModelTensors;

namespace ModelAggregation.Merging.Recipes;

/// <summary>A recipe that cannot be read or breaks a rule that is known without opening any model.</summary>
public sealed class RecipeException : ModelDataException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What is wrong and what is allowed.</param>
    /// <param name="file">The file, or null for text.</param>
    /// <param name="line">The line, the first being 1; 0 for a recipe built in code.</param>
    /// <param name="column">The column, the first being 1; 0 for a recipe built in code.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public RecipeException(string message, string? file = null, int line = 0, int column = 0, Exception? innerException = null)
        : base(line > 0 ? $"{file ?? "recipe"}({line},{column}): {message}" : message, file, innerException: innerException)
    {
        Line = line;
        Column = column;
    }

    /// <summary>Gets the line at fault.</summary>
    /// <value>1 for the first line; 0 when the recipe was built in code.</value>
    public int Line { get; }

    /// <summary>Gets the column at fault.</summary>
    /// <value>1 for the first column; 0 when the recipe was built in code.</value>
    public int Column { get; }
}
