using System.Text.Json;

namespace ModelAggregation.Evaluation.Tasks;

/// <summary>Reads examples from JSON lines: one object a line, blank lines left out, fields that are not asked for ignored.</summary>
public static class ExampleFile
{
    // Longer lines are no examples of a task but another kind of file.
    private const int LongestLine = 1 << 24;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>Reads prompts with their answers, such as <c>{"prompt": "2+2=", "answer": "4"}</c>.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="fields">The fields; the defaults when null.</param>
    /// <exception cref="ExampleFileException">A line is no such object, or there is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<AnswerExample> ReadAnswers(string path, ExampleFields? fields = null)
    {
        fields ??= new ExampleFields();
        return Read(path, line => new AnswerExample(line.Text(fields.Prompt), line.Text(fields.Answer, mayBeEmpty: false)));
    }

    /// <summary>Reads questions with choices, such as <c>{"prompt": "2+2=", "choices": ["3", "4"], "answer": 1}</c>; the prompt may be an array, one for each choice, and the answer the text of a choice.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="fields">The fields; the defaults when null.</param>
    /// <exception cref="ExampleFileException">A line is no such object, or there is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<ChoiceExample> ReadChoices(string path, ExampleFields? fields = null)
    {
        fields ??= new ExampleFields();
        return Read(path, line =>
        {
            IReadOnlyList<string> choices = line.Texts(fields.Choices);
            int answer = line.Choice(fields.Answer, choices);
            return line.IsArray(fields.Prompt)
                ? new ChoiceExample(line.Texts(fields.Prompt), choices, answer)
                : new ChoiceExample(line.Text(fields.Prompt), choices, answer);
        });
    }

    /// <summary>Reads whole texts, such as <c>{"text": "Once upon a time"}</c>.</summary>
    /// <param name="path">The file, in UTF-8.</param>
    /// <param name="fields">The fields; the defaults when null.</param>
    /// <exception cref="ExampleFileException">A line is no such object, or there is none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> ReadTexts(string path, ExampleFields? fields = null)
    {
        fields ??= new ExampleFields();
        return Read(path, line => line.Text(fields.Text, mayBeEmpty: false));
    }

    private static List<TExample> Read<TExample>(string path, Func<ExampleLine, TExample> parse)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        List<TExample> examples = [];
        long number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length > LongestLine)
            {
                throw new ExampleFileException($"'{path}', line {number}: it has {line.Length} characters, at most {LongestLine} are read.", path, number);
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                examples.Add(Parse(path, number, line, parse));
            }
        }

        return examples.Count > 0 ? examples : throw new ExampleFileException($"'{path}' has no examples.", path, 0);
    }

    private static TExample Parse<TExample>(string path, long number, string line, Func<ExampleLine, TExample> parse)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Strict);
            return parse(new ExampleLine(document.RootElement));
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new ExampleFileException($"'{path}', line {number}: {e.Message}", path, number, e);
        }
    }
}
