using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ModelAggregation.Merging.Recipes;

/// <summary>Looks through YAML events before a node tree is built from them: the tree's builder is recursive, the event reader is not.</summary>
internal static class YamlLimits
{
    // A recipe nests eight deep.
    private const int DeepestNesting = 32;

    /// <summary>Finds the first thing that is not read, with its place.</summary>
    /// <param name="yaml">The text.</param>
    public static (string Message, Mark Place)? Check(string yaml)
    {
        using StringReader text = new(yaml);
        Parser parser = new(text);
        int depth = 0;
        int documents = 0;
        while (parser.MoveNext())
        {
            ParsingEvent current = parser.Current!;
            switch (current)
            {
                case DocumentStart when ++documents > 1:
                    return ("A recipe is one YAML document; this is the second. Write each to a file of its own.", current.Start);
                case MappingStart or SequenceStart when ++depth > DeepestNesting:
                    return ($"Nested more than {DeepestNesting} deep.", current.Start);
                case MappingEnd or SequenceEnd:
                    depth--;
                    break;
                case NodeEvent { Tag.IsEmpty: false } node when node is not Scalar { Tag.IsNonSpecific: true }:
                    return ($"Tags such as '{node.Tag}' are not supported; write the value alone.", current.Start);
            }
        }

        return null;
    }
}
