using System.Reflection;
using System.Runtime.CompilerServices;
using DataShapley;
using DataShapley.Runtime;
using DataShapley.Sqlite;
using LoraFederation;
using LoraFederation.Runtime;
using ModelAggregation.Merging;
using ModelAggregation.Runtime;
using ModelRuntime.Decoders;
using ModelTensors;
using RunKit;

namespace ModelAggregation.PublicApi.Tests;

/// <summary>The public surface is a text file, so that a change of it is seen in review.</summary>
public sealed class PublicApiTests
{
    private const string UpdateVariable = "UPDATE_PUBLIC_API";

    private static readonly Assembly[] Assemblies =
    [
        typeof(DataType).Assembly, typeof(ModelMerger).Assembly, typeof(LoraFederator).Assembly, typeof(DataValuator).Assembly, typeof(SqliteUtilityCache).Assembly, typeof(RunJournal).Assembly,
        typeof(DecoderModel).Assembly, typeof(RuntimeLanguageModel).Assembly, typeof(RuntimeTrainer).Assembly, typeof(FineTuneUtility).Assembly,
    ];

    [TestCaseSource(nameof(Assemblies))]
    public void TheSurface_IsTheOneOnFile(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string name = $"{assembly.GetName().Name}.txt";
        string[] actual = [.. PublicSurface.Of(assembly)];
        if (Environment.GetEnvironmentVariable(UpdateVariable) is "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), "PublicAPI", name), string.Join('\n', actual) + "\n");
            return;
        }

        string[] expected = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "PublicAPI", name));
        string[] differences = [.. actual.Except(expected, StringComparer.Ordinal).Select(line => $"+ {line}"), .. expected.Except(actual, StringComparer.Ordinal).Select(line => $"- {line}")];

        Assert.That(
            actual,
            Is.EqualTo(expected),
            $"The public surface has changed in {differences.Length} lines. If that is meant, run this test with {UpdateVariable}=1 and commit PublicAPI/{name}.\n"
                + string.Join('\n', differences.Take(10)));
    }

    [Test]
    public void TheSurface_HasConstructorsPropertiesAndValues() => Assert.That(
        PublicSurface.Of(typeof(DataType).Assembly),
        Is.SupersetOf((string[])
        [
            "enum ModelTensors.DataType",
            "ModelTensors.DataType.BF16 = 8",
            "ModelTensors.HostTensor..ctor(ModelTensors.DataType dataType, ModelTensors.TensorShape shape)",
            "ModelTensors.HostTensor.DataType { get; } : ModelTensors.DataType",
            "abstract ModelTensors.TensorSource.Read(long start, System.Span<byte> destination) : void",
        ]));

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
