using System.Text.Json.Nodes;
using ModelTensors.Adapters;

namespace ModelTensors.Tests.Adapters;

/// <summary>Writes adapters by hand.</summary>
internal static class AdapterFolder
{
    public const string Prefix = "base_model.model.";

    public static JsonObject Config(int rank = 1, double alpha = 2, params (string Key, JsonNode? Value)[] more)
    {
        JsonObject config = new() { ["peft_type"] = "LORA", ["r"] = rank, ["lora_alpha"] = alpha, ["target_modules"] = new JsonArray("layer") };
        foreach ((string key, JsonNode? value) in more)
        {
            config[key] = value;
        }

        return config;
    }

    public static string Write(string folder, JsonObject config, params (string Name, DataType Type, long[] Shape, byte[] Data)[] tensors)
    {
        TestFile.Write(Path.Combine(folder, "adapter_model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config.ToJsonString());
        return folder;
    }

    /// <summary>Finds the adapter that somebody else trained; without it, the test is skipped.</summary>
    public static string OfSomebodyElse()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "ModelSdk.slnx")))
        {
            root = Path.GetDirectoryName(root)!;
        }

        string folder = Path.Combine(root, "..", "shared", "peft-real");
        if (!Directory.Exists(folder))
        {
            Assert.Ignore("The adapter is not part of the repository.");
        }

        return folder;
    }

    public static AdapterProblem Refused(Action code)
    {
        AdapterException error = Assert.Throws<AdapterException>(code)!;
        Assert.That(error.Problems, Has.Count.EqualTo(1), error.Message);
        return error.Problems[0];
    }
}
